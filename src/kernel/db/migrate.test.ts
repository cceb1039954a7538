import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { newPostgres } from '#test/support/postgres.ts';
import { Database } from './database.ts';
import { migrate, type Migration } from './migrate.ts';

/** Fails, or counts twice, when two run it. */
const createJar: Migration = {
  name: '0001-jar',
  async up(db) {
    await db.schema.createTable('jar').addColumn('id', 'integer').execute();
    await sql`insert into jar (id) values (1)`.execute(db);
  },
};
const SCHEMA = [{ name: 'jars', migrations: [createJar] }];

async function openTwo(): Promise<[Database, Database]> {
  const url = await newPostgres();
  const open = () => Database.open({ kind: 'postgres', url });
  return [open(), open()];
}

it('runs each migration once when processes start together on an empty database', async () => {
  const databases = await openTwo();
  await Promise.all([...databases, ...databases].map((database) => migrate(database, SCHEMA)));
  for (const database of databases) {
    const { rows } = await sql`select id from jar`.execute(database.handle());
    expect(rows).toEqual([{ id: 1 }]);
    await database.close();
  }
});

it('lets the next one in when a migration fails', async () => {
  const [one, other] = await openTwo();
  const broken: Migration = { name: '0001-jar', up: () => Promise.reject(new Error('the disk is full')) };
  await expect(migrate(one, [{ name: 'jars', migrations: [broken] }])).rejects.toThrow('the disk is full');
  await migrate(other, SCHEMA);
  const { rows } = await sql`select id from jar`.execute(one.handle());
  expect(rows).toEqual([{ id: 1 }]);
  await one.close();
  await other.close();
});
