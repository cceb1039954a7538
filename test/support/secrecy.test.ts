import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Database, Db } from '#kernel/db/database.ts';
import { openInMemory } from './databases.ts';
import { Secrecy } from './secrecy.ts';

let database: Database;
beforeEach(async () => {
  database = await openInMemory();
});
afterEach(() => database.close());

const overheard = () => {
  const secrecy = new Secrecy();
  secrecy.overhear({ auth: { methods: ['password'], user: { name: 'ada', password: 'sesame sesame' } } });
  return secrecy;
};

it('finds a secret in the log, at whatever level, and does not repeat it', async () => {
  const secrecy = overheard();
  secrecy.log.trace({ request: 'login sesame sesame' }, 'somebody asks');
  const complaint = await secrecy.assertKept(database).catch((thrown: Error) => thrown.message);
  expect(complaint).toContain('the log: ');
  expect(complaint).not.toContain('sesame');
});

it('finds a secret in the database', async () => {
  const db = database.handle() as Db<{ jar: { id: string; note: string } }>;
  await db.schema.createTable('jar').addColumn('id', 'text').addColumn('note', 'text').execute();
  await db.insertInto('jar').values({ id: '1', note: 'they said sesame sesame' }).execute();
  await expect(overheard().assertKept(database)).rejects.toThrow('table jar');
});

it('is content where all is kept, and passes over names', async () => {
  const secrecy = overheard();
  secrecy.log.info({ user: 'ada', methods: ['password'] }, 'somebody asks');
  await expect(secrecy.assertKept(database)).resolves.toBeUndefined();
});

it('finds a secret in any file, and never says it', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'hydria-secrecy-'));
  const [clean, leaky] = [join(directory, 'clean'), join(directory, 'leaky')];
  await writeFile(clean, Buffer.from([0, 255, 7]));
  await writeFile(
    leaky,
    Buffer.concat([Buffer.from([0, 255]), Buffer.from('a long password'), Buffer.from([0])]),
  );
  const secrecy = new Secrecy();
  secrecy.keep('a long password');
  await expect(secrecy.assertNotIn([clean, join(directory, 'not there')])).resolves.toBeUndefined();
  await expect(secrecy.assertNotIn([clean, leaky])).rejects.toThrow(`lie open in ${leaky}.`);
  await rm(directory, { recursive: true });
});
