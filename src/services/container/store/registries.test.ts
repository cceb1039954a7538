import { expect, it } from 'vitest';
import { forEachDatabase } from '#test/support/databases.ts';
import { containerMigrations } from '../migrations/all.ts';
import type { Registry } from '../model/registry.ts';
import type { ContainerTables } from '../tables.ts';
import { registryStore } from './registries.ts';

const schema = { name: 'container', migrations: containerMigrations };

const registry = (id: string, change: Partial<Registry> = {}): Registry => ({
  id,
  projectId: 'p1',
  userId: 'u1',
  name: null,
  domain: 'reg.test',
  username: null,
  password: null,
  createdAt: `2030-01-01T00:00:00.00${id}Z`,
  updatedAt: '2030-01-01T00:00:00.000Z',
  ...change,
});

forEachDatabase('the registry store', (open) => {
  it('gives back what it was given, changed or not, until it is deleted', async () => {
    const db = (await open(schema)).handle<ContainerTables>();
    const [one, two] = [registry('1', { name: 'twin' }), registry('2', { name: 'twin', projectId: 'p2' })];
    for (const each of [one, two]) await registryStore.insert(db, each);
    expect(await registryStore.find(db, '1')).toEqual(one);
    expect(await registryStore.findByName(db, 'twin', 'p2')).toEqual([two]);
    await registryStore.update(db, { ...one, username: 'someone', password: 'sealed' });
    expect(await registryStore.find(db, '1')).toEqual({ ...one, username: 'someone', password: 'sealed' });
    await registryStore.delete(db, '1');
    expect(await registryStore.find(db, '1')).toBeUndefined();
  });

  it("finds the project's youngest login at a place", async () => {
    const db = (await open(schema)).handle<ContainerTables>();
    const username = 'someone';
    for (const each of [
      registry('1', { username }),
      registry('2', { username }),
      registry('3'),
      registry('4', { username, domain: 'other.test' }),
      registry('5', { username, projectId: 'p2' }),
    ])
      await registryStore.insert(db, each);
    expect((await registryStore.findLogin(db, 'p1', 'reg.test'))?.id).toBe('2');
    expect(await registryStore.findLogin(db, 'p3', 'reg.test')).toBeUndefined();
  });

  it('pages over rows without a name', async () => {
    const db = (await open(schema)).handle<ContainerTables>();
    for (const each of [registry('1', { name: 'b' }), registry('2'), registry('3')])
      await registryStore.insert(db, each);
    const sort = [
      { column: 'name', direction: 'asc' },
      { column: 'id', direction: 'asc' },
    ] as const;
    const first = await registryStore.list(db, {}, { limit: 2, marker: null, sort });
    expect(first.items.map(({ id }) => id)).toEqual(['2', '3']);
    const rest = await registryStore.list(db, {}, { limit: 2, marker: first.next, sort });
    expect(rest.items.map(({ id }) => id)).toEqual(['1']);
  });
});
