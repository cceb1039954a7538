import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ContainerReport, HealthReport } from '#node/protocol.ts';
import { aCaller } from '#test/support/api.ts';
import { fakeImage } from '#test/support/fake-ports.ts';
import { serveContainers, type ContainerApi } from './container-api.ts';

const as = aCaller('p1');
const stranger = aCaller('p2');
let cloud: ContainerApi;

beforeEach(async () => {
  cloud = await serveContainers();
  cloud.images.images.push(fakeImage('other'));
});
afterEach(() => cloud[Symbol.asyncDispose]());

const create = (body: object, headers = {}) =>
  cloud.call('POST', '/containers?run=true', { as, headers, body: { image: 'hello', ...body } });
const show = async (id: string) => (await cloud.call('GET', `/containers/${id}`, { as })).body;
const health = (id: string) => cloud.call('GET', `/containers/${id}/health`, { as });
const spec = (id: string) => cloud.node.container(id)?.spec;

async function run(body: object = {}): Promise<string> {
  const { uuid } = (await create(body)).body;
  await cloud.settle();
  return uuid;
}

const saying =
  (status: HealthReport['status'], output = '') =>
  (report: ContainerReport): ContainerReport => {
    const state = status === 'unhealthy' ? 'failing' : status === 'healthy' ? 'passing' : 'waiting';
    const since = '2030-01-01T00:00:05.000Z';
    const ready = { state, since, successes: 0, failures: 3, output, at: since } as const;
    return { ...report, restarts: 2, health: { status, probes: { ready } } };
  };

describe('a health check', () => {
  it("is the node's to run, and is shown as Zun shows it", async () => {
    const id = await run({
      healthcheck: { cmd: 'curl x', interval: 5, retries: '2', timeout: 3 },
      auto_heal: true,
    });
    expect((await show(id)).healthcheck).toEqual({ test: 'curl x', interval: 5, retries: 2, timeout: 3 });
    expect(spec(id)).toMatchObject({
      autoHeal: true,
      probes: {
        check: {
          means: { kind: 'exec', args: ['/bin/sh', '-c', 'curl x'] },
          intervalSeconds: 5,
          failureThreshold: 2,
          timeoutSeconds: 3,
        },
      },
    });
  });

  it("is the image's own where nothing is said, and none where that is said", async () => {
    expect(spec(await run({ healthcheck: {} }))?.probes).toBeUndefined();
    expect(spec(await run({ healthcheck: { cmd: 'NONE' } }))?.probes).toEqual({ check: null });
  });

  it('is healed from now on when auto_heal is said later', async () => {
    const id = await run({ healthcheck: { cmd: 'true' } });
    expect(spec(id)?.autoHeal).toBeUndefined();
    await cloud.call('PATCH', `/containers/${id}`, { as, body: { auto_heal: true } });
    await cloud.settle();
    expect(spec(id)?.autoHeal).toBe(true);
  });

  it('is no field of versions before 1.22', async () => {
    const at = (minor: number) =>
      create({ healthcheck: { cmd: 'x' } }, { 'openstack-api-version': `container 1.${minor}` });
    expect([(await at(21)).status, (await at(22)).status]).toEqual([400, 202]);
  });
});

describe('probes', () => {
  it('are given to the node with what was left out', async () => {
    const probes = {
      start: { tcp: { port: 80 } },
      ready: { http: { port: 80 }, interval: 2 },
      live: { exec: { command: ['true'] }, action: 'kill' },
    };
    expect(spec(await run({ probes }))?.probes).toMatchObject({
      start: { means: { kind: 'tcp', port: 80 }, action: 'restart', failureThreshold: 3 },
      ready: { means: { kind: 'http', path: '/', scheme: 'http' }, intervalSeconds: 2, action: 'none' },
      live: { means: { kind: 'exec', args: ['true'] }, intervalSeconds: 10, action: 'kill' },
    });
  });

  it('are refused when they ask nothing, too much, or what is no path', async () => {
    const bad: object[] = [
      { start: {} },
      { ready: { tcp: { port: 1 }, exec: { command: ['x'] } } },
      { ready: { tcp: { port: 0 } } },
      { ready: { tcp: { port: 1 }, action: 'restart' } },
      { ready: { http: { port: 1, path: 'x' } } },
      { ready: { http: { port: 1, path: '/ HTTP/1.0\r\nHost: x' } } },
      { live: { exec: { command: [] } } },
      { live: { tcp: { port: 1 }, interval: 0 } },
      { late: { tcp: { port: 1 } } },
    ];
    for (const probes of bad) expect([probes, (await create({ probes })).status]).toEqual([probes, 400]);
  });

  it('are shown with what they said, and each turn is an event', async () => {
    const id = await run();
    expect((await health(id)).body).toMatchObject({ status: null, restart_count: 0, probes: {} });
    for (const status of ['starting', 'healthy', 'healthy', 'unhealthy'] as const) {
      cloud.node.says = saying(status, 'refused');
      await cloud.settle();
    }
    expect((await health(id)).body).toMatchObject({
      status: 'unhealthy',
      container_status: 'Running',
      restart_count: 2,
      probes: {
        ready: { state: 'failing', failures: 3, output: 'refused', since: '2030-01-01T00:00:05.000Z' },
      },
    });
    const told = cloud.events.filter((type) => /starting|healthy/.test(type));
    expect(told).toEqual(['starting', 'healthy', 'unhealthy'].map((what) => `container.container.${what}`));
    expect((await cloud.call('GET', `/containers/${id}/health`, { as: stranger })).status).toBe(404);
    expect((await show(id)).status_detail).toMatch(/^Up [0-9]+ \w+$/);
  });
});

describe('a rebuild with rollback', () => {
  const rebuild = (id: string, query = '') =>
    cloud.call('POST', `/containers/${id}/rebuild?image=other&rollback=true${query}`, { as });

  it('keeps the old one until the new one is well', async () => {
    const id = await run();
    cloud.node.says = saying('starting');
    expect((await rebuild(id)).status).toBe(202);
    await cloud.settle();
    expect(await show(id)).toMatchObject({ status: 'Rebuilding', image: 'other' });
    expect(spec(id)).toMatchObject({ keepsOld: true, revision: 1 });
    expect((await rebuild(id)).status).toBe(409);
    cloud.node.says = saying('healthy');
    await cloud.settle();
    await cloud.settle();
    expect(await show(id)).toMatchObject({ status: 'Running', image: 'other', task_state: null });
    expect(spec(id)?.keepsOld).toBeUndefined();
  });

  it.each([
    ['not healthy', saying('unhealthy', 'refused'), /not healthy \(ready: refused\)/],
    [
      'ended',
      (report: ContainerReport) => ({ ...report, status: 'stopped' as const, exitCode: 7 }),
      /ended with 7/,
    ],
    [
      'cannot be made',
      (report: ContainerReport) => ({
        ...report,
        status: 'error' as const,
        failed: true,
        reason: 'no program',
      }),
      /no program/,
    ],
  ])('brings the old one back when the new one is %s', async (_, says, why) => {
    const id = await run();
    const before = await show(id);
    cloud.node.says = (report) => (spec(id)?.revision === 1 ? says(report) : report);
    await rebuild(id);
    await cloud.settle();
    await cloud.settle();
    const after = await show(id);
    expect(after).toMatchObject({ status: 'Running', image: 'hello', task_state: null });
    expect(after.status_reason).toMatch(why);
    expect([after.addresses, after.uuid]).toEqual([before.addresses, before.uuid]);
    expect(spec(id)).toMatchObject({ revision: 0, power: { epoch: 1 } });
    const [action] = (await cloud.call('GET', `/containers/${id}/container_actions`, { as })).body
      .containerActions;
    expect(action).toMatchObject({ action: 'rebuild', message: 'Error' });
    expect(cloud.events).toContain('container.container.rebuild-taken-back');
  });

  it('refuses times that cannot be waited', async () => {
    const id = await run();
    for (const time of ['0', '3601', 'soon'])
      expect((await rebuild(id, `&ready_timeout=${time}`)).status).toBe(400);
    expect((await show(id)).status).toBe('Running');
  });
});
