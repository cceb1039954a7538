import { expect, it } from 'vitest';
import { forEachDatabase } from '#test/support/databases.ts';
import { texts } from './columns.ts';
import type { Migration } from './migrate.ts';
import { Table } from './table.ts';

interface Jar {
  readonly id: string;
  readonly ownerId: string | null;
  readonly sealed: boolean;
  readonly handles: readonly string[];
}

const create: Migration = {
  name: '0001-jar',
  async up(db) {
    await texts(db.schema.createTable('jar'), 'handles_json')
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('owner_id', 'text')
      .addColumn('sealed', 'integer')
      .execute();
  },
};
const SCHEMA = { name: 'jars', migrations: [create] };
const jars = new Table<Jar>('jar', { json: ['handles'], flags: ['sealed'] });
const jar = (id: string, fields: Partial<Jar> = {}): Jar => ({
  id,
  ownerId: null,
  sealed: false,
  handles: ['one', 'two'],
  ...fields,
});

forEachDatabase('a table of domain objects', (openDatabase) => {
  it('gives back what it was given, by equality, any of, and none', async () => {
    const db = (await openDatabase(SCHEMA)).handle();
    await jars.insert(db, [jar('a', { sealed: true }), jar('b', { ownerId: 'x' }), jar('c')]);
    expect(await jars.find(db, { id: 'a' })).toEqual(jar('a', { sealed: true }));
    const ids = async (where: object) => (await jars.list(db, where, ['id'])).map(({ id }) => id);
    expect(await ids({ sealed: false })).toEqual(['b', 'c']);
    expect(await ids({ id: ['a', 'c'] })).toEqual(['a', 'c']);
    expect(await ids({ id: [] })).toEqual([]);
    expect(await ids({ ownerId: null })).toEqual(['a', 'c']);
    expect(await ids({ ownerId: undefined })).toEqual(['a', 'b', 'c']);
  });

  it('pages in the order of ids', async () => {
    const db = (await openDatabase(SCHEMA)).handle();
    await jars.insert(db, [jar('c'), jar('a'), jar('b')]);
    const first = await jars.page(db, {}, { limit: 2, marker: null });
    expect([first.items.map(({ id }) => id), first.next]).toEqual([['a', 'b'], 'b']);
    const last = await jars.page(db, {}, { limit: 2, marker: 'b' });
    expect([last.items.map(({ id }) => id), last.next]).toEqual([['c'], null]);
  });

  it('changes and deletes what is named, and tells how many', async () => {
    const db = (await openDatabase(SCHEMA)).handle();
    await jars.insert(db, [jar('a'), jar('b')]);
    await jars.ensure(db, jar('a', { sealed: true }));
    expect((await jars.find(db, { id: 'a' }))?.sealed).toBe(false);
    expect(await jars.update(db, { id: 'a' }, { handles: [], sealed: true })).toBe(1);
    expect(await jars.find(db, { id: 'a' })).toEqual(jar('a', { handles: [], sealed: true }));
    expect(await jars.delete(db, { id: 'z' })).toBe(0);
    expect(await jars.delete(db, { id: ['a', 'b'] })).toBe(2);
  });

  it('refuses to change or delete what nobody named', async () => {
    const db = (await openDatabase(SCHEMA)).handle();
    await expect(jars.delete(db, {})).rejects.toThrow('must name');
    await expect(jars.update(db, { id: undefined }, { sealed: true })).rejects.toThrow('must name');
  });
});
