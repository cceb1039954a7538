import { expect, it } from 'vitest';
import { forEachDatabase } from '#test/support/databases.ts';
import { containerMigrations } from '../migrations/all.ts';
import type { Capsule } from '../model/capsule.ts';
import { NOT_PLACED, type Container } from '../model/container.ts';
import type { ContainerTables } from '../tables.ts';
import { capsuleStore } from './capsules.ts';
import { containerStore } from './containers.ts';

const schema = { name: 'container', migrations: containerMigrations };

const capsule = (id: string, change: Partial<Capsule> = {}): Capsule => ({
  id,
  projectId: 'p1',
  userId: 'u1',
  name: null,
  settings: { labels: { a: 'b' } } as unknown as Capsule['settings'],
  createdAt: `2030-01-01T00:00:00.00${id}Z`,
  updatedAt: '2030-01-01T00:00:00.000Z',
  host: null,
  placement: { ports: [], resolver: { servers: [], domain: '' } },
  phase: 'creating',
  reason: null,
  ...change,
});

const member = (id: string, capsuleId: string | null): Container => ({
  id,
  projectId: 'p1',
  userId: 'u1',
  name: 'same',
  image: 'hello',
  cpu: 1,
  memory: 64,
  disk: 0,
  autoRemove: false,
  autoHeal: false,
  settings: (capsuleId === null
    ? {}
    : { member: { capsuleId, init: false, index: 0, after: null } }) as Container['settings'],
  createdAt: '2030-01-01T00:00:00.000Z',
  updatedAt: '2030-01-01T00:00:00.000Z',
  host: 'node-1',
  placement: NOT_PLACED,
  desired: true,
  power: { state: 'running', epoch: 1, stopTimeoutSeconds: 10 },
  generation: 1,
  status: 'Running',
  statusReason: null,
  taskState: null,
  present: true,
  observed: null,
});

forEachDatabase('the capsule store', (open) => {
  it('gives back what it was given, until it is deleted', async () => {
    const db = (await open(schema)).handle<ContainerTables>();
    const [one, two] = [capsule('1', { name: 'twin' }), capsule('2', { name: 'twin', projectId: 'p2' })];
    for (const each of [one, two]) await capsuleStore.insert(db, each);
    expect(await capsuleStore.find(db, '1')).toEqual(one);
    expect(await capsuleStore.findByName(db, 'twin', 'p2')).toEqual([two]);
    expect(await capsuleStore.findByName(db, 'twin', null)).toHaveLength(2);
    await capsuleStore.delete(db, '1');
    expect(await capsuleStore.find(db, '1')).toBeUndefined();
  });

  it('writes nothing over another phase', async () => {
    const db = (await open(schema)).handle<ContainerTables>();
    const made = capsule('1');
    await capsuleStore.insert(db, made);
    const deleting: Capsule = { ...made, phase: 'deleting' };
    expect(await capsuleStore.replace(db, made, deleting)).toBe(true);
    expect(await capsuleStore.replace(db, made, { ...made, phase: 'ready', host: 'node-1' })).toBe(false);
    expect(await capsuleStore.find(db, '1')).toEqual(deleting);
  });

  it('pages over capsules, also those without a host', async () => {
    const db = (await open(schema)).handle<ContainerTables>();
    for (const each of [
      capsule('1', { host: 'b' }),
      capsule('2'),
      capsule('3'),
      capsule('4', { projectId: 'p2' }),
    ])
      await capsuleStore.insert(db, each);
    const sort = [
      { column: 'host', direction: 'asc' },
      { column: 'id', direction: 'asc' },
    ] as const;
    const page = (marker: string | null) => capsuleStore.list(db, 'p1', { limit: 2, marker, sort });
    const [first, second] = [await page(null), await page('3')];
    expect([first, second].map(({ items }) => items.map(({ id }) => id))).toEqual([['2', '3'], ['1']]);
    expect([first.next, second.next]).toEqual(['3', null]);
  });

  it('knows members by their capsules, and containers that are no members without them', async () => {
    const db = (await open(schema)).handle<ContainerTables>();
    for (const each of [member('a', 'one'), member('b', 'one'), member('c', 'two'), member('d', null)])
      await containerStore.insert(db, each);
    const ids = (containers: readonly Container[]) => containers.map(({ id }) => id).toSorted();
    expect(ids(await containerStore.listMembers(db, ['one']))).toEqual(['a', 'b']);
    expect(ids(await containerStore.listMembers(db, ['one', 'two']))).toEqual(['a', 'b', 'c']);
    expect(await containerStore.listMembers(db, [])).toEqual([]);
    expect(ids(await containerStore.findByName(db, 'same', 'p1'))).toEqual(['d']);
    const sort = [{ column: 'id', direction: 'asc' }] as const;
    expect(ids((await containerStore.list(db, {}, { limit: null, marker: null, sort })).items)).toEqual([
      'd',
    ]);
    expect((await containerStore.usage(db, 'p1')).containers).toBe(4);
    await containerStore.deleteMembers(db, 'one');
    expect(ids(await containerStore.listMembers(db, ['one', 'two']))).toEqual(['c']);
  });
});
