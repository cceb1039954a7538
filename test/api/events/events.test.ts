import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EventLog, type EventFilter } from '#kernel/events/event-log.ts';
import { init } from '#kernel/events/migrations/0001-init.ts';
import { migrate } from '#kernel/db/migrate.ts';
import type { Principal } from '#kernel/http/auth.ts';
import { createEventsService } from '#services/events/index.ts';
import { eventsPolicy } from '#services/events/policy.ts';
import { aCaller, anAdmin, callerToken, serveApi, type TestApi } from '#test/support/api.ts';
import { startCloud } from '#test/support/cloud.ts';
import { ManualClock } from '#test/support/manual-clock.ts';

const mine = aCaller('mine');
const admin = anAdmin();
const BEAT_MS = 15_000;

let api: TestApi;
let base: string;
let clock: ManualClock;
let log: EventLog;
let readers: AbortSignal[];

beforeEach(async () => {
  clock = new ManualClock();
  readers = [];
  api = await serveApi({
    rules: eventsPolicy,
    clock,
    services: ({ database, policy }) => {
      log = new EventLog({ database, clock });
      const subscribe = (filter: EventFilter, signal: AbortSignal) => {
        readers.push(signal);
        return log.subscribe(filter, signal);
      };
      return [createEventsService({ events: { begin: (after) => log.begin(after), subscribe }, policy })];
    },
  });
  await migrate(api.database, [{ name: 'log', migrations: [init] }]);
  base = await api.listen();
});
afterEach(async () => {
  log.stop();
  await api[Symbol.asyncDispose]();
});

async function happen(...resources: `${string}/${string}`[]): Promise<void> {
  await api.database.transaction(async (tx) => {
    for (const [projectId = '', resource = ''] of resources.map((each) => each.split('/')))
      await log.append(tx, { projectId, service: 's', type: 's.thing.made', resource, payload: {} });
  });
  log.publish();
}

interface Following {
  readonly as?: Principal;
  readonly query?: string;
  readonly headers?: Record<string, string>;
  readonly signal?: AbortSignal;
}

const ask = ({ as = mine, query = '', headers, signal }: Following) =>
  fetch(`${base}/events${query}`, {
    headers: { 'x-auth-token': callerToken(as), ...headers },
    ...(signal && { signal }),
  });

const follow = async (options: Following = {}) => messagesOf(await ask(options));

/** Messages of a stream, as they come. */
async function* messagesOf({ body }: Response): AsyncGenerator<string, void> {
  let text = '';
  for await (const chunk of body ?? []) {
    const parts = (text + Buffer.from(chunk).toString()).split('\n\n');
    text = parts.pop() ?? '';
    yield* parts;
  }
}

async function resourcesOf(stream: AsyncIterator<string>, count: number): Promise<string[]> {
  const resources: string[] = [];
  while (resources.length < count) {
    const { value } = await stream.next();
    const data = /^data: (.*)$/m.exec(String(value))?.[1];
    if (data !== undefined) resources.push((JSON.parse(data) as { resource: string }).resource);
  }
  return resources;
}

describe('GET /events', () => {
  it('tells its place in the log at once, then what happens from now on', async () => {
    await happen('mine/old');
    const answer = await ask({});
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
    const stream = messagesOf(answer);
    expect(await stream.next()).toMatchObject({ value: 'id: 1' });
    await happen('mine/new');
    const { value } = await stream.next();
    expect(value).toMatch(/^id: 2\nevent: s\.thing\.made\ndata: \{.*"resource":"new".*\}$/);
  });

  it.each([
    ['the query', { query: '?after=1' }],
    ['Last-Event-ID', { headers: { 'last-event-id': '1' } }],
    ['Last-Event-ID before the query', { query: '?after=3', headers: { 'last-event-id': '1' } }],
  ])('resumes after the event named by %s', async (_, following) => {
    await happen('mine/a', 'mine/b', 'mine/c');
    expect(await resourcesOf(await follow(following), 2)).toEqual(['b', 'c']);
  });

  it('shows a project its own events alone', async () => {
    const stream = await follow({ query: '?after=0' });
    await happen('mine/a', 'theirs/x', 'mine/b');
    expect(await resourcesOf(stream, 2)).toEqual(['a', 'b']);
    const theirs = await follow({ as: aCaller('theirs'), query: '?after=0' });
    expect(await resourcesOf(theirs, 1)).toEqual(['x']);
  });

  it('shows all projects to administrators who ask for them', async () => {
    const stream = await follow({ as: admin, query: '?after=0&all_projects=true' });
    await happen('mine/a', 'theirs/x');
    expect(await resourcesOf(stream, 2)).toEqual(['a', 'x']);
    const own = await follow({ as: admin, query: '?after=0' });
    await happen('admin-project/own');
    expect(await resourcesOf(own, 1)).toEqual(['own']);
  });

  it.each([
    ['all projects, to a member', mine, '?all_projects=true'],
    ['anything, to who is in no project', aCaller(null), ''],
    ['anything, to who may not read', aCaller('mine', []), ''],
  ])('refuses %s', async (_, as, query) => {
    expect((await api.get(`/events${query}`, { as })).status).toBe(403);
    expect(readers).toEqual([]);
  });

  it('refuses a caller without a token', async () => {
    expect((await api.get('/events')).status).toBe(401);
  });

  it.each(['x', '-1', '1.5', '1e300', ''])('answers 400 to the event %j', async (after) => {
    expect((await api.get(`/events?after=${after}`, { as: mine })).status).toBe(400);
  });

  it.each(['x', '-1', '9'.repeat(40)])('answers 400 to the Last-Event-ID %j', async (id) => {
    const answer = await api.get('/events', { as: mine, headers: { 'last-event-id': id } });
    expect(answer.status).toBe(400);
    expect(answer.body.error.message).toContain('Last-Event-ID');
  });

  it('answers 409 when events after the one that is known are gone, or never were', async () => {
    await happen('mine/a', 'mine/b');
    clock.advance(1);
    await log.prune(clock.now().toISOString());
    expect((await api.get('/events?after=1', { as: mine })).status).toBe(409);
    expect((await api.get('/events?after=3', { as: mine })).status).toBe(409);
  });
});

describe('a stream', () => {
  it('has a comment every 15 s in which nothing happened', async () => {
    const stream = await follow();
    await stream.next();
    for (let beat = 0; beat < 2; beat++) {
      const next = stream.next();
      await clock.asleep();
      clock.advance(BEAT_MS);
      expect(await next).toMatchObject({ value: ': nothing new' });
    }
    await happen('mine/a');
    expect(await resourcesOf(stream, 1)).toEqual(['a']);
  });

  it('ends after a quarter of an hour, for the caller to show a token again', async () => {
    const stream = await follow();
    await stream.next();
    await clock.asleep();
    clock.advance(15 * 60_000);
    await stream.next();
    expect(await stream.next()).toMatchObject({ done: true });
    expect(readers.map(({ aborted }) => aborted)).toEqual([true]);
  });

  it('is let go of when its reader leaves', async () => {
    const leave = new AbortController();
    const stream = await follow({ signal: leave.signal });
    await stream.next();
    leave.abort();
    await expect.poll(() => readers.map(({ aborted }) => aborted)).toEqual([true]);
  });

  it('ends without an error when the cloud stops, and does not keep it from stopping', async () => {
    const cloud = await startCloud();
    const answer = await fetch(`${await cloud.listen()}/events`, {
      headers: { 'x-auth-token': cloud.admin },
    });
    const stream = messagesOf(answer);
    expect(await stream.next()).toMatchObject({ value: 'id: 0' });
    const end = stream.next();
    await cloud[Symbol.asyncDispose]();
    expect(await end).toEqual({ done: true, value: undefined });
  });
});
