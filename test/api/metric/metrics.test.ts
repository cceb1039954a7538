import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLogger } from '#kernel/log.ts';
import type { Slot } from '#measures/slot.ts';
import type { MeasureQuestion } from '#measures/question.ts';
import type { Workload } from '#services/container/port.ts';
import { createMetricService } from '#services/metric/index.ts';
import { metricPolicy } from '#services/metric/policy.ts';
import type { MetricPort, SeriesQuery } from '#services/metric/port.ts';
import { aCaller, serveApi, type TestApi } from '#test/support/api.ts';
import { openInMemory } from '#test/support/databases.ts';
import { ManualClock } from '#test/support/manual-clock.ts';

const BEGIN = Date.UTC(2030, 0, 1) / 1000;
const iso = (seconds: number) => new Date((BEGIN + seconds) * 1000).toISOString();
const shown = (seconds: number) => `${iso(seconds).slice(0, 19)}+00:00`;

const member = aCaller('p1', ['member', 'reader']);
const stranger = aCaller('p2', ['member', 'reader']);
const admin = aCaller('p0', ['admin', 'member', 'reader']);

const workload = (name: string, change: Partial<Workload> = {}): Workload => ({
  id: `00000000-0000-4000-8000-00000000000${name.slice(1)}`,
  projectId: 'p1',
  userId: 'alice',
  name,
  image: 'busybox',
  labels: { 'metering.server_group': 'mine' },
  host: 'n1',
  createdAt: iso(0),
  ...change,
});
const WORKLOADS = [
  workload('c1'),
  workload('c2', { host: 'n2' }),
  workload('c3', { labels: {}, host: null }),
  workload('c4', { projectId: 'p2' }),
];
const [C1, C2, C3, C4] = WORKLOADS.map(({ id }) => id) as [string, string, string, string];

const slot = (at: number, cpu: number, util: number, count = 1): Slot => ({
  at: BEGIN + at,
  count,
  totals: { cpu, received: cpu * 2, sent: 0, read: 0, written: 0 },
  gauges: {
    cpuUtil: { sum: util * count, min: util - 1, max: util + 1, last: util },
    memory: { sum: 8, min: 8, max: 8, last: 8 },
  },
});
/** Minutes of c1 and c2; c2 began anew in the last one, and c1 has a gap. */
const KEPT: Readonly<Record<string, readonly Slot[]>> = {
  [C1]: [slot(0, 100, 10, 6), slot(60, 400, 20, 6), slot(180, 900, 40, 6)],
  [C2]: [slot(60, 500, 60, 3), slot(120, 700, 80), slot(180, 50, 90)],
};
/** Of the finest ring, while a test says so: c1 was seen a moment ago, c2 long before. */
const FRESH: Readonly<Record<string, readonly Slot[]>> = {
  [C1]: [slot(260, 100, 10), slot(270, 200, 10), slot(280, 350, 30)],
  [C2]: [slot(100, 100, 10), slot(110, 200, 10)],
};
let fresh: typeof FRESH = {};

let api: TestApi;
let port: MetricPort;
let away: string | null = null;
const asked: { host: string; questions: readonly MeasureQuestion[] }[] = [];

const request = async (host: string, _method: string, body: unknown) => {
  const { questions } = body as { questions: readonly MeasureQuestion[] };
  asked.push({ host, questions });
  if (host === away) throw new Error('away');
  return {
    answers: questions.map(({ id, seconds, from, until }) =>
      ({ 60: KEPT, 10: fresh, 600: {} as typeof KEPT }[seconds][id] ?? []).filter(
        ({ at }) => at >= from && at <= until,
      ),
    ),
  };
};

beforeAll(async () => {
  const clock = new ManualClock();
  clock.advance(300_000);
  api = await serveApi({
    rules: metricPolicy,
    database: await openInMemory(),
    clock,
    services({ policy }) {
      const metric = createMetricService({
        workloads: {
          find: async ({ projectIds, ids }) =>
            WORKLOADS.filter(
              ({ projectId, id }) => (projectIds?.includes(projectId) ?? true) && (ids?.includes(id) ?? true),
            ),
        },
        nodes: { request },
        policy,
        clock,
        log: silentLogger,
      });
      port = metric.port;
      return [metric.service];
    },
  });
});
afterAll(() => api[Symbol.asyncDispose]());

const get = (path: string, as = member) => api.call('GET', `/metric/v1${path}`, { as });
const measures = async (query: string, metric = 'cpu_util', id = C1) =>
  (await get(`/resource/instance/${id}/metric/${metric}/measures?${query}`)).body;

describe('measures over HTTP', () => {
  it('are means of the spans, and what else is asked for', async () => {
    const seen = [
      [shown(0), 60, 10],
      [shown(60), 60, 20],
      [shown(180), 60, 40],
    ];
    expect(await measures('granularity=60')).toEqual(seen);
    expect((await measures('granularity=60&aggregation=max')).map(([, , value]: unknown[]) => value)).toEqual(
      [11, 21, 41],
    );
    expect(await measures(`granularity=60.0&start=${iso(60)}&stop=${BEGIN + 120}`)).toEqual([seen[1]]);
    expect(await measures('')).toEqual(seen);
  });

  it('tell growth from one span to the next, and none over a gap', async () => {
    expect(await measures('granularity=60&aggregation=rate:mean', 'cpu')).toEqual([[shown(60), 60, 300]]);
    expect(await measures('granularity=60', 'network.incoming.bytes.rate')).toEqual([[shown(60), 60, 10]]);
    expect(await measures('granularity=60&aggregation=rate:mean', 'cpu', C2)).toEqual([
      [shown(120), 60, 200],
      [shown(180), 60, 50],
    ]);
  });

  it('are made of finer spans where those of that length are not kept', async () => {
    expect(await measures('granularity=120')).toEqual([
      [shown(0), 120, 15],
      [shown(120), 120, 40],
    ]);
  });

  it('are refused for what is not kept, is unknown, or is not a time', async () => {
    for (const query of ['granularity=7', 'granularity=0', 'aggregation=median', 'start=yesterday'])
      expect([query, (await get(`/resource/generic/${C1}/metric/cpu/measures?${query}`)).status]).toEqual([
        query,
        400,
      ]);
    const none = await get(`/resource/generic/${C1}/metric/warmth/measures`);
    expect([none.status, none.body.description]).toEqual([404, 'Metric warmth does not exist']);
    expect((await get(`/resource/teapot/${C1}`)).status).toBe(404);
  });

  it('are found by the id of the metric too', async () => {
    const { metrics } = (await get(`/resource/generic/${C1}`)).body;
    expect((await get(`/metric/${metrics.cpu_util}/measures?granularity=60`)).body).toHaveLength(3);
    expect((await get(`/metric/${metrics.cpu_util}`)).body).toMatchObject({ name: 'cpu_util', unit: '%' });
    expect((await get(`/metric/${C1}`)).status).toBe(404);
  });

  it('are not shown to strangers, and of all projects to administrators', async () => {
    const path = `/resource/generic/${C1}/metric/cpu_util/measures`;
    expect([(await get(path, stranger)).status, (await get(path, admin)).status]).toEqual([404, 200]);
    const { metrics } = (await get(`/resource/generic/${C1}`)).body;
    expect((await get(`/metric/${metrics.cpu}`, stranger)).status).toBe(404);
  });
});

describe('what is used now', () => {
  const RATE = 'network.incoming.bytes.rate';
  const current = (metric: string, as = member) => get(`/current?metric=${metric}`, as);

  it('is told of all workloads of a project, at one question to each node', async () => {
    asked.length = 0;
    fresh = FRESH;
    const answer = await current(`${RATE},cpu_util,cpu_util`);
    expect(answer.body).toEqual({ current: { [C1]: { [RATE]: 30, cpu_util: 30 }, [C2]: {}, [C3]: {} } });
    fresh = {};
    expect(asked.map(({ host, questions }) => [host, questions.length])).toEqual([
      ['n1', 1],
      ['n2', 1],
    ]);
  });

  it('is of the own project alone, also for administrators, and of metrics that there are', async () => {
    expect((await current('cpu_util', stranger)).body).toEqual({ current: { [C4]: {} } });
    expect((await current('cpu_util', admin)).body).toEqual({ current: {} });
    expect((await current('warmth')).status).toBe(404);
    for (const query of ['', '?metric=', '?metric=CPU', '?metric=cpu,,cpu'])
      expect([query, (await get(`/current${query}`)).status]).toEqual([query, 400]);
  });
});

describe('what is measured', () => {
  const ids = (answer: { body: { id: string }[] }) => answer.body.map(({ id }) => id);
  const search = (filter: unknown) =>
    api.call('POST', '/metric/v1/search/resource/generic', { as: member, body: filter });

  it("is listed page by page, a project's own", async () => {
    expect(ids(await get('/resource/generic'))).toEqual([C1, C2, C3]);
    expect(ids(await get(`/resource/generic?limit=1&marker=${C1}`))).toEqual([C2]);
    expect(ids(await get('/resource/generic', admin))).toEqual([C1, C2, C3, C4]);
    expect((await get('/resource/generic?marker=nobody')).status).toBe(400);
    expect((await get('/metric?limit=2')).body).toHaveLength(2);
  });

  it('is found by conditions', async () => {
    expect(ids(await search({ '=': { server_group: 'mine' } }))).toEqual([C1, C2]);
    expect(ids(await search({ and: [{ '=': { host: 'n2' } }, { like: { display_name: 'c%' } }] }))).toEqual([
      C2,
    ]);
    expect(ids(await search({ not: { in: { id: [C1, C2] } } }))).toEqual([C3]);
    for (const wrong of [{ '=': { colour: 'red' } }, { near: { id: C1 } }, { '=': 'c1' }])
      expect((await search(wrong)).status).toBe(400);
  });
});

describe('the port', () => {
  const query = (change: Partial<SeriesQuery> = {}): SeriesQuery => ({
    key: 'k',
    projectId: 'p1',
    metrics: ['cpu_util'],
    select: { by: 'filter', resourceType: 'instance', filter: { '=': { server_group: 'mine' } } },
    aggregation: 'mean',
    granularity: 60,
    from: iso(60),
    until: iso(120),
    ...change,
  });
  const values = async (change: Partial<SeriesQuery>) =>
    (await port.read([query(change)], new AbortController().signal)).get('k')?.map(({ value }) => value);

  it('makes one series of many, moment by moment', async () => {
    expect(await values({})).toEqual([40, 80]);
    expect(await values({ aggregation: 'max' })).toEqual([61, 81]);
    expect(await values({ aggregation: 'count' })).toEqual([9, 1]);
    expect(await values({ metrics: ['cpu'], aggregation: 'rate:mean', until: iso(180) })).toEqual([
      300, 200, 50,
    ]);
  });

  it('asks each node once for many queries, and nothing twice', async () => {
    asked.length = 0;
    const queries = ['a', 'b'].map((key) => query({ key }));
    const read = await port.read(
      [...queries, query({ key: 'c', from: iso(0) })],
      new AbortController().signal,
    );
    expect([...read.keys()]).toEqual(['a', 'b', 'c']);
    expect(asked.map(({ host, questions }) => [host, questions.length])).toEqual([
      ['n1', 2],
      ['n2', 2],
    ]);
  });

  it('has no measures of what is away, unknown, of another project, or has no place', async () => {
    away = 'n2';
    expect(await values({})).toEqual([20]);
    away = null;
    expect(await values({ projectId: 'p2' })).toEqual([]);
    expect(await values({ metrics: ['warmth'] })).toEqual([]);
    expect(await values({ select: { by: 'resource', resourceType: 'generic', id: C3 } })).toEqual([]);
    expect(await values({ select: { by: 'filter', resourceType: 'instance', filter: { near: 1 } } })).toEqual(
      [],
    );
    expect(await values({ granularity: 7 })).toEqual([]);
  });
});
