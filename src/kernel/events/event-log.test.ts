import { describe, expect, it, vi } from 'vitest';
import { Changes } from '#kernel/db/changes.ts';
import type { Database } from '#kernel/db/database.ts';
import { forEachDatabase } from '#test/support/databases.ts';
import { ManualClock } from '#test/support/manual-clock.ts';
import { EventLog, type EventFilter } from './event-log.ts';
import { toSse, type CloudEvent, type NewEvent } from './event.ts';
import { init } from './migrations/0001-init.ts';

const schema = { name: 'events', migrations: [init] };
const event = (resource: string, projectId: string | null = 'p1'): NewEvent => ({
  projectId,
  service: 'container',
  type: 'container.container.started',
  resource,
  payload: { node: 'n1' },
});

forEachDatabase('the event log', (open) => {
  it('gives a reader what came after the event it knows, and then follows', async () => {
    const { append, follow, log } = await rig(await open(schema));
    await append(event('a'), event('b'));
    const reader = follow({ project: 'p1', after: 1 });
    expect((await reader.next()).value).toMatchObject({ seq: 2, resource: 'b', payload: { node: 'n1' } });
    const next = reader.next();
    await append(event('c'));
    log.publish();
    expect((await next).value).toMatchObject({ seq: 3, resource: 'c' });
  });

  it('starts with what happens from now on when no event is named', async () => {
    const { append, clock, follow, log } = await rig(await open(schema));
    await append(event('old'));
    const next = follow({ all: true }).next();
    await clock.asleep();
    await append(event('new'));
    log.publish();
    expect((await next).value).toMatchObject({ resource: 'new' });
  });

  it('shows a project its own events alone, and all of them to who may see all', async () => {
    const { append, follow } = await rig(await open(schema));
    await append(event('a'), event('theirs', 'p2'), event('ours', null), event('b'));
    expect(await take(follow({ project: 'p1', after: 0 }), 2)).toEqual(['a', 'b']);
    expect(await take(follow({ all: true, after: 0 }), 4)).toEqual(['a', 'theirs', 'ours', 'b']);
  });

  it('forgets an event together with the change that was rolled back', async () => {
    const { append, database, follow, log } = await rig(await open(schema));
    const broken = database.transaction(async (tx) => {
      await log.append(tx, event('lost'));
      throw new Error('no');
    });
    await expect(broken).rejects.toThrow('no');
    await append(event('kept'));
    expect(await take(follow({ all: true, after: 0 }), 1)).toEqual(['kept']);
  });

  it('tells of what stores write, and not of what was rolled back', async () => {
    const { database, follow } = await rig(await open(schema));
    const write = (id: string) =>
      Changes.note({ service: 's', noun: 'thing', id, projectId: 'p1', what: 'created', status: 'ACTIVE' });
    const broken = database.transaction(async () => {
      write('lost');
      throw new Error('no');
    });
    await expect(broken).rejects.toThrow('no');
    await database.transaction(async () => {
      write('a');
      write('b');
    });
    const reader = follow({ project: 'p1', after: 0 });
    expect((await reader.next()).value).toMatchObject({
      seq: 1,
      type: 's.thing.created',
      resource: 'a',
      payload: { what: 'created', status: 'ACTIVE' },
    });
    expect((await reader.next()).value).toMatchObject({ seq: 2, resource: 'b' });
  });

  it('reads more than one batch in order and without gaps, whoever wrote it at the same time', async () => {
    const { append, follow } = await rig(await open(schema));
    const names = Array.from({ length: 230 }, (_, index) => `r${index}`);
    await Promise.all(names.map((name) => append(event(name))));
    const read = await take(follow({ all: true, after: 0 }), names.length);
    expect(read.toSorted()).toEqual(names.toSorted());
  });

  it('reads the newest once for all who follow, and gives each its own', async () => {
    const { append, database, follow, log } = await rig(await open(schema));
    const projects = Array.from({ length: 20 }, (_, index) => `p${index}`);
    const readers = projects.map((project) => follow({ project, after: 0 }));
    const heard = async () => (await Promise.all(readers.map((one) => one.next()))).map(resourceOf);
    await append(...projects.map((project) => event(`first of ${project}`, project)));
    await heard();
    const read = vi.spyOn(database, 'handle');
    const second = heard();
    await append(...projects.map((project) => event(`second of ${project}`, project)));
    log.publish();
    expect(await second).toEqual(projects.map((project) => `second of ${project}`));
    expect(read.mock.calls.length).toBeLessThan(10);
  });

  it('gives all of what is more than it keeps, and then follows', async () => {
    const { append, follow, log } = await rig(await open(schema));
    const idle = follow({ all: true, after: 0 });
    const slow = follow({ project: 'p1', after: 0 });
    await append(event('first'));
    await Promise.all([idle.next(), slow.next()]);
    const names = Array.from({ length: 1_200 }, (_, index) => `r${index}`);
    await append(...names.map((name) => event(name)));
    log.publish();
    const taken = [await take(idle, 1_200), await take(slow, 1_200)];
    expect(taken).toEqual([names, names]);
  });

  it('finds what another process wrote when the sweep comes round', async () => {
    const { clock, database, follow } = await rig(await open(schema));
    const other = new EventLog({ database, clock });
    const reader = follow({ all: true, after: 0 });
    const next = reader.next();
    await clock.asleep();
    await database.transaction((tx) => other.append(tx, event('elsewhere')));
    clock.advance(15_000);
    expect((await next).value).toMatchObject({ resource: 'elsewhere' });
  });

  it('ends a reader when its signal aborts', async () => {
    const { abort, clock, follow } = await rig(await open(schema));
    const next = follow({ all: true }).next();
    await clock.asleep();
    abort.abort();
    expect(await next).toEqual({ done: true, value: undefined });
  });

  it('ends every reader when it stops', async () => {
    const { append, clock, follow, log } = await rig(await open(schema));
    const next = follow({ all: true }).next();
    await clock.asleep();
    log.stop();
    expect(await next).toEqual({ done: true, value: undefined });
    await append(event('a'));
    expect(await follow({ all: true, after: 0 }).next()).toEqual({ done: true, value: undefined });
  });

  it('tells a reader that is too slow that it has missed something', async () => {
    const { append, clock, follow, log } = await rig(await open(schema));
    await append(event('a'), event('b'));
    clock.advance(60_000);
    await append(event('c'));
    expect(await log.prune('2030-01-01T00:00:30.000Z')).toBe(2);
    await expect(follow({ all: true, after: 1 }).next()).rejects.toMatchObject({ code: 'events-pruned' });
    expect(await take(follow({ all: true, after: 2 }), 1)).toEqual(['c']);
  });

  it('does not take the reader of a quiet project for slow', async () => {
    const { append, clock, follow, log } = await rig(await open(schema));
    const next = follow({ project: 'quiet', after: 0 }).next();
    await append(event('busy'));
    log.publish();
    await clock.asleep();
    clock.advance(60_000);
    await clock.asleep();
    expect(await log.prune('2030-01-01T00:00:30.000Z')).toBe(1);
    await append(event('mine', 'quiet'));
    log.publish();
    expect((await next).value).toMatchObject({ resource: 'mine' });
  });

  it('refuses the number of a log that is no more', async () => {
    const { follow } = await rig(await open(schema));
    await expect(follow({ all: true, after: 7 }).next()).rejects.toMatchObject({ code: 'events-pruned' });
  });
});

describe('toSse', () => {
  it('writes one message that nothing inside can break out of', () => {
    const sent = { ...event('a'), seq: 7, id: 'e', at: '2030-01-01T00:00:00.000Z' };
    const text = toSse({ ...sent, type: 'a\n\nid: 9', payload: 'x\n\ny' });
    expect(text.split('\n')).toHaveLength(5);
    expect(text).toMatch(/^id: 7\nevent: a {2}id: 9\ndata: \{.*\}\n\n$/);
  });
});

async function rig(database: Database) {
  const clock = new ManualClock();
  const log = new EventLog({ database, clock });
  const abort = new AbortController();
  return {
    abort,
    clock,
    database,
    log,
    follow: (filter: EventFilter) => log.subscribe(filter, abort.signal),
    append: (...events: NewEvent[]) =>
      database.transaction(async (tx) => {
        for (const each of events) await log.append(tx, each);
      }),
  };
}

const resourceOf = ({ value }: IteratorResult<CloudEvent, void>) => value?.resource;

async function take(events: AsyncIterable<CloudEvent>, count: number): Promise<string[]> {
  const taken: string[] = [];
  for await (const { resource } of events) if (taken.push(resource) === count) break;
  return taken;
}
