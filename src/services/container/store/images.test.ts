import { expect, it } from 'vitest';
import { forEachDatabase } from '#test/support/databases.ts';
import { containerMigrations } from '../migrations/all.ts';
import type { HostImage } from '../model/host-image.ts';
import type { ContainerTables } from '../tables.ts';
import { hostImageStore } from './images.ts';

const schema = { name: 'container', migrations: containerMigrations };

const image = (id: string, change: Partial<HostImage> = {}): HostImage => ({
  id,
  projectId: 'p1',
  userId: 'u1',
  host: 'node-1',
  repo: 'app',
  tag: id,
  driver: null,
  pullPolicy: null,
  createdAt: `2030-01-01T00:00:00.00${id}Z`,
  updatedAt: '2030-01-01T00:00:00.000Z',
  status: 'Pulling',
  reason: null,
  image: null,
  imageId: null,
  size: null,
  ...change,
});

forEachDatabase('the store of images of nodes', (open) => {
  it('gives back what it was given, changed once, until it is deleted', async () => {
    const db = (await open(schema)).handle<ContainerTables>();
    const one = image('1');
    await hostImageStore.insert(db, one);
    expect(await hostImageStore.find(db, '1')).toEqual(one);
    const pulled: HostImage = { ...one, status: 'Pulled', size: 2 ** 40, image: { id: 'i', checksum: 'c' } };
    expect(await hostImageStore.replace(db, one, pulled)).toBe(true);
    expect(await hostImageStore.replace(db, one, { ...one, status: 'Error' })).toBe(false);
    expect(await hostImageStore.findMany(db, ['1', '2'])).toEqual([pulled]);
    expect(await hostImageStore.findMany(db, [])).toEqual([]);
    await hostImageStore.delete(db, '1');
    expect(await hostImageStore.find(db, '1')).toBeUndefined();
  });

  it('has an image once for each project and node', async () => {
    const database = await open(schema);
    const db = database.handle<ContainerTables>();
    await hostImageStore.insert(db, image('1', { tag: 'latest' }));
    await hostImageStore.insert(db, image('2', { tag: 'latest', host: 'node-2' }));
    await hostImageStore.insert(db, image('3', { tag: 'latest', projectId: 'p2' }));
    const twice = await hostImageStore.insert(db, image('4', { tag: 'latest' })).catch((thrown) => thrown);
    expect(database.engine.isUniqueViolation(twice)).toBe(true);
  });

  it('lists in pages, by project, and what a node is to have', async () => {
    const db = (await open(schema)).handle<ContainerTables>();
    const wanted = { id: 'i', checksum: 'c' };
    for (const each of [image('1', { image: wanted }), image('2'), image('3', { projectId: 'p2' })])
      await hostImageStore.insert(db, each);
    const sort = [
      { column: 'created_at', direction: 'asc' },
      { column: 'id', direction: 'asc' },
    ] as const;
    const ids = (page: { items: readonly HostImage[] }) => page.items.map(({ id }) => id);
    const first = await hostImageStore.list(db, null, { limit: 2, marker: null, sort });
    expect(ids(first)).toEqual(['1', '2']);
    expect(ids(await hostImageStore.list(db, null, { limit: 2, marker: first.next, sort }))).toEqual(['3']);
    expect(ids(await hostImageStore.list(db, 'p2', { limit: 2, marker: null, sort }))).toEqual(['3']);
    expect((await hostImageStore.listOnHost(db, 'node-1')).map(({ id }) => id)).toEqual(['1']);
  });
});
