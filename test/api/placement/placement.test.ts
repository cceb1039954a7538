import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemCtx } from '#kernel/context.ts';
import { silentLogger } from '#kernel/log.ts';
import { createPlacement, type Placement } from '#services/placement/index.ts';
import { placementPolicy } from '#services/placement/policy.ts';
import type { Claim } from '#services/placement/port.ts';
import { aCaller, anAdmin, serveApi, type TestApi } from '#test/support/api.ts';
import { ManualClock } from '#test/support/manual-clock.ts';

const NODE = '11111111-2222-4333-8444-555555555555';
const admin = anAdmin();
const latest = { 'openstack-api-version': 'placement latest' };
const clock = new ManualClock();
const ctx = systemCtx('req-test', { clock, log: silentLogger });
let api: TestApi;
let placement: Placement;

const description = {
  hostname: 'node-1',
  cpus: 2,
  memory: 2560,
  disk: 10,
  architecture: 'x86_64',
  osType: 'linux',
  os: 'Test',
  kernelVersion: '6',
  runtimes: ['crun'],
  networkDriver: 'linux',
  volumeBackends: [],
  labels: {},
};
const claim = (consumer: string, memory = 512): Claim => ({
  consumer,
  projectId: 'p1',
  userId: 'u1',
  resources: { cpu: 0.5, memory, disk: 1 },
  runtime: null,
  availabilityZone: null,
  host: null,
  hints: {},
});

beforeAll(async () => {
  api = await serveApi({
    rules: placementPolicy,
    clock,
    services: ({ database, policy }) => {
      placement = createPlacement({ database, policy, clock, log: silentLogger });
      return [placement.service];
    },
  });
  await placement.registry.register(NODE, description);
});
afterAll(() => api[Symbol.asyncDispose]());

const get = (url: string, headers: Record<string, string> = latest) =>
  api.get(`/placement${url}`, { as: admin, headers });

describe('claims', () => {
  it('hold what they claim until it is released, repeated or not', async () => {
    expect(await placement.port.claim(ctx, claim('once'))).toEqual({ host: 'node-1' });
    expect(await placement.port.claim(ctx, claim('once', 99999))).toEqual({ host: 'node-1' });
    expect((await placement.registry.get(NODE)).allocated).toEqual({ cpu: 0.5, memory: 512, disk: 1 });
    await placement.port.release(ctx, 'once');
    await placement.port.release(ctx, 'once');
    expect((await placement.registry.get(NODE)).allocated).toEqual({ cpu: 0, memory: 0, disk: 0 });
  });

  it('made at once never promise more than there is', async () => {
    const consumers = Array.from({ length: 8 }, (_, index) => `many-${index}`);
    const made = await Promise.allSettled(consumers.map((one) => placement.port.claim(ctx, claim(one, 768))));
    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(4);
    expect((await placement.registry.get(NODE)).allocated.memory).toBe(3072);
    await Promise.all(consumers.map((one) => placement.port.release(ctx, one)));
  });

  it('grow and shrink where they are, as far as there is room', async () => {
    await placement.port.claim(ctx, claim('elastic'));
    await placement.port.claim(ctx, claim('other', 2000));
    const resize = (memory: number) => placement.port.resize(ctx, 'elastic', { cpu: 1, memory, disk: 1 });
    await resize(1072);
    await resize(1072);
    expect((await placement.registry.get(NODE)).allocated).toEqual({ cpu: 1.5, memory: 3072, disk: 2 });
    await expect(resize(1073)).rejects.toMatchObject({ kind: 'conflict' });
    await resize(100);
    expect((await placement.registry.get(NODE)).allocated.memory).toBe(2100);
    await placement.port.resize(ctx, 'nobody', { cpu: 1, memory: 1, disk: 1 });
    for (const one of ['elastic', 'other']) await placement.port.release(ctx, one);
  });

  it('wait for a node that is away, for a minute, and find no place on one that is disabled', async () => {
    await placement.registry.markDown(NODE);
    expect(await placement.port.claim(ctx, claim('patient'))).toEqual({ host: 'node-1' });
    await placement.port.release(ctx, 'patient');
    clock.advance(60_000);
    await expect(placement.port.claim(ctx, claim('x'))).rejects.toMatchObject({ kind: 'unavailable' });
    await placement.registry.register(NODE, description);
    await placement.registry.change('node-1', { disabled: true, disabledReason: 'repair' });
    await expect(placement.port.claim(ctx, claim('x'))).rejects.toMatchObject({ retryable: false });
    await placement.registry.change('node-1', { disabled: false, disabledReason: null });
  });
});

describe('a node that an operator speaks of', () => {
  it('is down as long as it is forced down, and forgotten only when it is not connected', async () => {
    const { registry, port } = placement;
    expect(await registry.change('node-1', { forcedDown: true })).toMatchObject({ state: 'down' });
    await registry.touch(NODE);
    await expect(port.claim(ctx, claim('x'))).rejects.toMatchObject({ kind: 'unavailable' });
    await registry.forget('node-1');
    expect(await registry.get('node-1')).toMatchObject({ state: 'up', forcedDown: false });
    await registry.change('node-1', {});
    await registry.markDown(NODE);
    await registry.forget(NODE);
    for (const gone of [registry.forget(NODE), registry.change(NODE, {})])
      await expect(gone).rejects.toMatchObject({ kind: 'not-found' });
    await registry.register(NODE, description);
  });
});

describe('nodes', () => {
  it('with the name of one that is up are refused; of one that is down they take the place', async () => {
    const other = '99999999-2222-4333-8444-555555555555';
    await expect(placement.registry.register(other, description)).rejects.toMatchObject({ kind: 'conflict' });
    await placement.registry.markDown(NODE);
    await placement.registry.register(other, description);
    expect((await placement.registry.get('node-1')).id).toBe(other);
    await placement.registry.markDown(other);
    await placement.registry.register(NODE, description);
    expect(await placement.registry.list()).toHaveLength(1);
  });
});

describe('the placement API', () => {
  it('tells its versions to everybody', async () => {
    const { status, body } = await api.get('/placement/');
    expect(status).toBe(200);
    expect(body.versions[0]).toMatchObject({ id: 'v1.0', min_version: '1.0', max_version: '1.36' });
  });

  it('shows nodes as resource providers, with what they have', async () => {
    const { body } = await get('/resource_providers?name=node-1');
    expect(body.resource_providers).toHaveLength(1);
    expect(body.resource_providers[0]).toMatchObject({
      uuid: NODE,
      name: 'node-1',
      root_provider_uuid: NODE,
    });
    const old = await get(`/resource_providers/${NODE}`, {});
    expect(old.body).not.toHaveProperty('root_provider_uuid');
    expect((await get(`/resource_providers/${NODE}/inventories`)).body.inventories).toMatchObject({
      VCPU: { total: 2, allocation_ratio: 16 },
      MEMORY_MB: { total: 2560, reserved: 512, allocation_ratio: 1.5 },
      DISK_GB: { total: 10 },
    });
    expect((await get(`/resource_providers/${NODE}/inventories/VGPU`)).status).toBe(404);
    expect((await get(`/resource_providers/${NODE}/traits`)).body.traits).toEqual(['CUSTOM_RUNTIME_CRUN']);
    expect((await get(`/resource_providers/${NODE}/aggregates`)).body.aggregates).toEqual([]);
  });

  it('shows who holds what, and frees it', async () => {
    await placement.port.claim(ctx, claim('held'));
    const held = { VCPU: 1, MEMORY_MB: 512, DISK_GB: 1 };
    expect((await get(`/resource_providers/${NODE}/usages`)).body.usages).toEqual(held);
    expect((await get('/allocations/held')).body).toMatchObject({
      allocations: { [NODE]: { resources: held } },
      project_id: 'p1',
      consumer_generation: 1,
    });
    const all = await get(`/resource_providers/${NODE}/allocations`);
    expect(all.body.allocations).toEqual({ held: { resources: held } });
    expect((await get('/usages?project_id=p1')).body.usages).toEqual(held);
    expect((await api.delete('/placement/allocations/held', { as: admin })).status).toBe(204);
    expect((await api.delete('/placement/allocations/held', { as: admin })).status).toBe(404);
    expect((await get('/allocations/held')).body).toEqual({ allocations: {} });
  });

  it('offers places for what is asked', async () => {
    const { body } = await get('/allocation_candidates?resources=VCPU:1,MEMORY_MB:512');
    expect(body.allocation_requests).toEqual([
      { allocations: { [NODE]: { resources: { VCPU: 1, MEMORY_MB: 512 } } }, mappings: { '': [NODE] } },
    ]);
    expect(body.provider_summaries[NODE].resources.MEMORY_MB).toEqual({ used: 0, capacity: 3072 });
    expect((await get('/allocation_candidates?resources=VCPU:99')).body.allocation_requests).toEqual([]);
  });

  it('knows classes and traits', async () => {
    expect(
      (await get('/resource_classes')).body.resource_classes.map(({ name }: { name: string }) => name),
    ).toContain('VCPU');
    expect((await get('/resource_classes/NOPE')).status).toBe(404);
    expect((await get('/traits?name=startswith:CUSTOM_')).body.traits).toEqual(['CUSTOM_RUNTIME_CRUN']);
    expect((await get('/traits/CUSTOM_RUNTIME_CRUN')).status).toBe(204);
  });

  it('refuses strangers, unknown ids and wrong input, in its own words', async () => {
    expect((await api.get('/placement/resource_providers')).status).toBe(401);
    expect((await api.get('/placement/resource_providers', { as: aCaller('p1') })).status).toBe(403);
    const own = await api.get('/placement/usages?project_id=p1', { as: aCaller('p1'), headers: latest });
    expect(own.status).toBe(200);
    const others = await api.get('/placement/usages?project_id=p2', { as: aCaller('p1'), headers: latest });
    expect(others.status).toBe(403);
    const unknown = await get('/resource_providers/no-such-node');
    expect(unknown.status).toBe(404);
    expect(unknown.body.errors[0]).toMatchObject({
      status: 404,
      title: 'Not Found',
      code: 'placement.resource_provider.not_found',
    });
    for (const url of [
      '/allocation_candidates',
      '/allocation_candidates?resources=x',
      '/traits?name=x',
      '/resource_providers?uuid=x',
    ])
      expect((await get(url)).status).toBe(400);
    expect((await get('/traits', {})).status).toBe(406);
  });
});

describe('processors of one’s own', () => {
  const OTHER = '22222222-2222-4333-8444-555555555555';
  const dedicatedCpus = [
    { cpus: [2, 3], mems: [0] },
    { cpus: [4, 5, 6], mems: [1] },
  ];
  const wants = (consumer: string, count: number): Claim => ({
    ...claim(consumer, 64),
    resources: { cpu: 0, memory: 64, disk: 0 },
    dedicatedCpus: count,
  });
  beforeAll(() =>
    placement.registry.register(OTHER, { ...description, hostname: 'node-2', cpus: 8, dedicatedCpus }),
  );

  it('are of one NUMA node, of the fullest that has enough, and nobody else’s until they are released', async () => {
    const { port } = placement;
    expect(await port.claim(ctx, wants('a', 2))).toEqual({ host: 'node-2', cpuset: dedicatedCpus[0] });
    expect(await port.claim(ctx, wants('a', 2))).toEqual({ host: 'node-2', cpuset: dedicatedCpus[0] });
    expect(await port.claim(ctx, wants('b', 2))).toEqual({
      host: 'node-2',
      cpuset: { cpus: [4, 5], mems: [1] },
    });
    await expect(port.claim(ctx, wants('c', 2))).rejects.toMatchObject({ code: 'no-valid-host' });
    expect(await port.claim(ctx, wants('d', 1))).toEqual({
      host: 'node-2',
      cpuset: { cpus: [6], mems: [1] },
    });
    await port.release(ctx, 'a');
    expect(await port.claim(ctx, wants('c', 2))).toEqual({ host: 'node-2', cpuset: dedicatedCpus[0] });
    for (const consumer of ['b', 'c', 'd']) await port.release(ctx, consumer);
  });

  it('are not among those that all share', async () => {
    const { inventories } = (await get(`/resource_providers/${OTHER}/inventories`)).body;
    expect(inventories.VCPU.total).toBe(3);
  });
});
