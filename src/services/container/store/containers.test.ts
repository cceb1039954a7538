import { expect, it } from 'vitest';
import { DEFAULT_QUOTA } from '../model/quota.ts';
import { NOT_PLACED, type Container } from '../model/container.ts';
import { createContainers } from '../migrations/0001-containers.ts';
import { addEtag } from '../migrations/0002-etag.ts';
import { forEachDatabase } from '#test/support/databases.ts';
import type { ContainerTables } from '../tables.ts';
import { actionStore } from './actions.ts';
import { containerStore } from './containers.ts';
import { quotaStore } from './quotas.ts';

const schema = { name: 'container', migrations: [createContainers, addEtag] };

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

  it('writes over no newer generation', async () => {
    const db = (await open(schema)).handle<ContainerTables>();
    const before = container('a');
    await containerStore.insert(db, before);
    expect(await containerStore.replace(db, before, { ...before, generation: 2 })).toBe(true);
    expect(await containerStore.replace(db, before, { ...before, name: 'late' })).toBe(false);
    expect((await containerStore.find(db, 'a'))?.name).toBe('name-a');
  });

  it('keeps limits, and one action a request', async () => {
    const db = (await open(schema)).handle<ContainerTables>();
    await quotaStore.set(db, 'p1', { cpu: 2 });
    await quotaStore.set(db, 'p1', { cpu: 3, disk: -1 });
    expect(await quotaStore.limits(db, 'p1')).toEqual({ ...DEFAULT_QUOTA, cpu: 3, disk: -1 });
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
