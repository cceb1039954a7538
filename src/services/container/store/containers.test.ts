import { expect, it } from 'vitest';
import { DEFAULT_QUOTA } from '../model/quota.ts';
import { NOT_PLACED, type Container } from '../model/container.ts';
import { containerMigrations } from '../migrations/all.ts';
import { forEachDatabase } from '#test/support/databases.ts';
import type { ContainerTables } from '../tables.ts';
import { actionStore } from './actions.ts';
import { containerStore } from './containers.ts';
import { quotaStore } from './quotas.ts';

const schema = { name: 'container', migrations: containerMigrations };

const container = (id: string, change: Partial<Container> = {}): Container => ({
  id,
  projectId: 'p1',
  userId: 'u1',
  name: `name-${id}`,
  image: 'hello',
  cpu: 0.5,
  memory: 64,
  disk: 1,
  autoRemove: true,
  autoHeal: false,
  settings: { labels: { a: 'b' } } as unknown as Container['settings'],
  createdAt: '2030-01-01T00:00:00.000Z',
  updatedAt: '2030-01-01T00:00:00.000Z',
  host: null,
  placement: NOT_PLACED,
  desired: false,
  power: { state: 'running', epoch: 1, stopTimeoutSeconds: 10 },
  generation: 1,
  status: 'Creating',
  statusReason: null,
  taskState: null,
  present: false,
  observed: null,
  ...change,
});

forEachDatabase('the container store', (open) => {
  it('gives back what it was given, and counts it', async () => {
    const db = (await open(schema)).handle<ContainerTables>();
    await containerStore.insert(db, container('a', { host: 'node-1' }));
    await containerStore.insert(db, container('b', { projectId: 'p2' }));
    expect(await containerStore.find(db, 'a')).toEqual(container('a', { host: 'node-1' }));
    expect(await containerStore.usage(db, 'p1')).toEqual({ containers: 1, memory: 64, cpu: 0.5, disk: 1 });
    expect(await containerStore.usage(db, 'p3')).toEqual({ containers: 0, memory: 0, cpu: 0, disk: 0 });
    expect(await containerStore.countByHost(db)).toEqual(new Map([['node-1', 1]]));
    expect(await containerStore.findByName(db, 'name-b', 'p1')).toEqual([]);
    expect(await containerStore.findByName(db, 'name-b', null)).toHaveLength(1);
  });

  it('pages over rows whose sort column is null', async () => {
    const db = (await open(schema)).handle<ContainerTables>();
    for (const [id, host] of [
      ['a', 'x'],
      ['b', null],
      ['c', null],
    ] as const)
      await containerStore.insert(db, container(id, { host }));
    const sort = [
      { column: 'host', direction: 'desc' as const },
      { column: 'id', direction: 'asc' as const },
    ];
    const seen: string[] = [];
    let marker: string | null = null;
    do {
      const page: Awaited<ReturnType<typeof containerStore.list>> = await containerStore.list(
        db,
        { projectId: 'p1' },
        { limit: 1, marker, sort },
      );
      seen.push(...page.items.map(({ id }) => id));
      marker = page.next;
    } while (marker !== null);
    expect(seen).toEqual(['a', 'b', 'c']);
  });

  it.each(['asc', 'desc'] as const)(
    'pages through rows that are alike in the sort column, %s',
    async (direction) => {
      const db = (await open(schema)).handle<ContainerTables>();
      const ids = ['a', 'b', 'c', 'd', 'e'];
      for (const [at, id] of ids.entries())
        await containerStore.insert(
          db,
          container(id, { createdAt: `2030-01-0${1 + (at >> 1)}T00:00:00.000Z` }),
        );
      const sort = ['created_at', 'id'].map((column) => ({ column, direction }));
      const seen: string[] = [];
      for (let marker: string | null | undefined; marker !== null;) {
        const page: Awaited<ReturnType<typeof containerStore.list>> = await containerStore.list(
          db,
          { projectId: 'p1' },
          { limit: 2, marker: marker ?? null, sort },
        );
        seen.push(...page.items.map(({ id }) => id));
        marker = page.next;
      }
      expect(seen).toEqual(direction === 'asc' ? ids : ids.toReversed());
    },
  );

  it('writes over no newer generation', async () => {
    const db = (await open(schema)).handle<ContainerTables>();
    const before = container('a');
    await containerStore.insert(db, before);
    expect(await containerStore.replace(db, before, { ...before, generation: 2 })).toBe(true);
    expect(await containerStore.replace(db, before, { ...before, name: 'late' })).toBe(false);
    expect((await containerStore.find(db, 'a'))?.name).toBe('name-a');
  });

  it('lists what is stored, however it was written, rolled back or deleted', async () => {
    const database = await open(schema);
    const db = database.handle<ContainerTables>();
    const sort = [{ column: 'id', direction: 'asc' as const }];
    const names = async (executor = db) => {
      const page = { limit: 10, marker: null, sort };
      return (await containerStore.list(executor, { projectId: 'p1' }, page)).items.map(({ name }) => name);
    };
    const before = container('a');
    await containerStore.insert(db, before);
    await containerStore.insert(db, container('b'));
    expect(await names()).toEqual(['name-a', 'name-b']);
    const undone = database.transaction<ContainerTables, void>(async (tx) => {
      await containerStore.replace(tx, before, { ...before, name: 'undone' });
      expect(await names(tx)).toEqual(['undone', 'name-b']);
      throw new Error('never mind');
    });
    await expect(undone).rejects.toThrow('never mind');
    expect(await names()).toEqual(['name-a', 'name-b']);
    await containerStore.replace(db, before, { ...before, name: 'same generation, same time' });
    await containerStore.delete(db, 'b');
    expect(await names()).toEqual(['same generation, same time']);
  });

  it('keeps limits, and one action a request', async () => {
    const db = (await open(schema)).handle<ContainerTables>();
    await quotaStore.set(db, 'p1', { cpu: 2 });
    await quotaStore.set(db, 'p1', { cpu: 3, disk: -1 });
    expect(await quotaStore.limits(db, 'p1', {})).toEqual({ ...DEFAULT_QUOTA, cpu: 3, disk: -1 });
    const action = {
      containerId: 'a',
      requestId: 'req-1',
      action: 'stop',
      userId: 'u1',
      projectId: 'p1',
      startedAt: '2030-01-01T00:00:00.000Z',
      finishedAt: null,
      error: null,
    };
    await actionStore.insert(db, action);
    await actionStore.insert(db, action);
    await actionStore.finish(db, ['a'], { at: '2030-01-01T00:00:01.000Z', error: 'no' });
    expect(await actionStore.list(db, 'a')).toEqual([
      { ...action, finishedAt: '2030-01-01T00:00:01.000Z', error: 'no' },
    ]);
  });
});
