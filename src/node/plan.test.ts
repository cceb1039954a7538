import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { aContainer, aGroup, aNetwork, aPort, aRemote, aRouter } from '#test/support/node-objects.ts';
import { NodeBench } from '#test/support/node-bench.ts';
import { often } from '#test/support/often.ts';
import type { Entry } from './objects.ts';
import type { ContainerSpec, DesiredObject } from './protocol.ts';
import { reportOf } from './report.ts';

let bench: NodeBench;
beforeEach(() => {
  bench = new NodeBench();
});

const states = { created: 0, running: 1, stopped: 2, paused: 3 } as const;
type PowerState = keyof typeof states;
const power = (state: PowerState, epoch: number): Pick<ContainerSpec, 'power'> => ({
  power: { state, epoch, stopTimeoutSeconds: 1 },
});
const always = { restartPolicy: { name: 'always', maximumRetryCount: 0 } } as const;

describe('a container that changes', () => {
  const resources = { cpu: 2, memory: 256, pids: 10 };

  it('is given other limits while it runs', async () => {
    bench.world.put([aContainer('c1', { run: 1 })], []);
    await bench.settle();
    const { pid } = bench.host.state('c1');
    bench.world.put([aContainer('c1', { run: 1, generation: 2, resources })], []);
    expect(await bench.settle()).toEqual(['resize-workload']);
    expect(bench.host.state('c1').pid).toBe(pid);
    expect(bench.host.find('c1')?.spec.resources).toEqual(resources);
  });

  it('is given them before its next start when it does not run', async () => {
    bench.world.put([aContainer('c1')], []);
    await bench.settle();
    bench.world.put([aContainer('c1', { generation: 2, resources })], []);
    expect(await bench.settle()).toEqual(['make-workload']);
    expect(bench.host.find('c1')?.spec.resources).toEqual(resources);
  });

  it('is made anew from its image when it is to be, and runs again', async () => {
    bench.world.put([aContainer('c1', { run: 1, portIds: ['port'] }), aPort(), aNetwork()], []);
    await bench.settle();
    const rebuilt = aContainer('c1', { run: 2, generation: 2, portIds: ['port'], revision: 1 });
    bench.world.put([rebuilt], []);
    expect(await bench.settle()).toEqual([
      'stop-workload',
      'remove-workload',
      'fetch-image',
      'make-workload',
      'start-workload',
    ]);
    expect(bench.host.state('c1').status).toBe('running');
  });

  it('is not said to be created before it is made anew', async () => {
    bench.world.put([aContainer('c1')], []);
    await bench.settle();
    bench.world.put([aContainer('c1', { generation: 2, revision: 1 })], []);
    const entry = bench.world.find('container', 'c1') as Entry;
    expect(reportOf(entry, bench.world, 0)).toMatchObject({ generation: 2, status: 'creating' });
  });
});

describe('the order of things', () => {
  it('is network, sandbox, port, image, workload, start', async () => {
    bench.world.put([aContainer('c1', { run: 1, portIds: ['port'] }), aPort(), aNetwork()], []);
    const verbs = await bench.settle();
    const at = (verb: string) => verbs.indexOf(verb);
    expect(at('plug-port')).toBeGreaterThan(at('ensure-network'));
    expect(at('plug-port')).toBeGreaterThan(at('ensure-sandbox'));
    expect(at('make-workload')).toBeGreaterThan(at('ensure-sandbox'));
    expect(at('make-workload')).toBeGreaterThan(at('fetch-image'));
    expect(at('start-workload')).toBeGreaterThan(at('plug-port'));
    expect(at('start-workload')).toBeGreaterThan(at('make-workload'));
    expect(bench.host.state('c1').status).toBe('running');
  });

  it('is reversed when all goes', async () => {
    const objects = [aContainer('c1', { run: 1, portIds: ['port'] }), aPort(), aNetwork(), aRouter()];
    bench.world.put(objects, []);
    await bench.settle();
    bench.world.set([]);
    const verbs = await bench.settle((count) => count - 1);
    expect(verbs.indexOf('remove-network')).toBeGreaterThan(verbs.indexOf('unplug-port'));
    expect(verbs.indexOf('remove-network')).toBeGreaterThan(verbs.indexOf('remove-router'));
    expect(verbs.indexOf('remove-sandbox')).toBeGreaterThan(verbs.indexOf('remove-workload'));
    expect(verbs.indexOf('remove-sandbox')).toBeGreaterThan(verbs.indexOf('unplug-port'));
    expect([...bench.world.entries()]).toEqual([]);
    expect(bench.host.inventory()).toEqual([]);
    expect(await bench.network.inspect()).toEqual({ networks: [], sandboxes: [], ports: [], routers: [] });
  });

  it('keeps a removed container from waiting for ports that stay', async () => {
    bench.world.put([aContainer('c1', { run: 1, portIds: ['port'] }), aPort(), aNetwork()], []);
    await bench.settle();
    bench.world.put([], [{ kind: 'container', id: 'c1' }]);
    expect(await bench.settle()).toEqual(['remove-workload']);
    expect(bench.world.find('sandbox', 'c1')?.wanted).toBe(true);
  });

  it('tells the network of all ports elsewhere in one change, and of those that went', async () => {
    bench.world.put([aNetwork(), aRemote('r1'), aRemote('r2')], []);
    const verbs = await bench.settle();
    expect(verbs.filter((verb) => verb === 'set-remotes')).toHaveLength(1);
    expect([...bench.network.world.remotes.keys()]).toEqual(['r1', 'r2']);
    bench.world.put([], [{ kind: 'remote', id: 'r1' }]);
    expect(await bench.settle()).toEqual(['set-remotes']);
    expect([...bench.network.world.remotes.keys()]).toEqual(['r2']);
    bench.world.put([], [{ kind: 'remote', id: 'unheard-of' }]);
    expect(await bench.settle()).toEqual([]);
  });

  it('sets all address groups in one change, before a port that names one', async () => {
    const port = aPort();
    const rule = {
      direction: 'ingress',
      ipVersion: 4,
      protocol: null,
      portMin: null,
      portMax: null,
    } as const;
    const filter = { allowedPairs: [], rules: [{ ...rule, remote: { group: 'g1' } }], stateful: true };
    const groups = [aGroup('g1', 1, ['10.0.0.9']), aGroup('g2')];
    bench.world.put([{ ...port, spec: { ...port.spec, filter } }, aNetwork(), ...groups], []);
    const verbs = await bench.settle((count) => count - 1);
    expect(verbs.filter((verb) => verb === 'set-groups')).toHaveLength(1);
    expect(verbs.indexOf('plug-port')).toBeGreaterThan(verbs.indexOf('set-groups'));
    bench.world.put([], [{ kind: 'group', id: 'g2' }]);
    await bench.settle();
    expect([...bench.network.world.groups.keys()]).toEqual(['g1']);
    expect(bench.world.find('group', 'g2')).toBeUndefined();
  });
});

describe('the power of a container', () => {
  const settle = async (spec: Parameters<typeof aContainer>[1]) => {
    bench.world.put([aContainer('c1', spec)], []);
    return bench.settle();
  };
  const status = () => bench.host.state('c1').status;

  it('created makes it and starts nothing', async () => {
    expect(await settle({})).toEqual(['fetch-image', 'ensure-sandbox', 'make-workload']);
    expect(status()).toBe('created');
  });

  it('a grown epoch restarts what runs, once', async () => {
    await settle({ run: 1 });
    expect(await settle({ run: 2, generation: 2 })).toEqual(['stop-workload', 'start-workload']);
    expect(await bench.settle()).toEqual([]);
  });

  it('an exit by itself stays down, until the epoch grows', async () => {
    await settle({ run: 1 });
    bench.host.exit('c1', 3);
    const entry = bench.world.find('container', 'c1');
    if (entry) bench.world.setWorkload(entry, { state: bench.host.state('c1') });
    expect(await bench.settle()).toEqual([]);
    expect(await settle({ run: 2, generation: 2 })).toEqual(['start-workload']);
  });

  it('paused starts, then pauses; running resumes; stopped stops', async () => {
    expect((await settle(power('paused', 1))).slice(-2)).toEqual(['start-workload', 'pause-workload']);
    expect(await settle({ ...power('running', 1), generation: 2 })).toEqual(['resume-workload']);
    expect(await settle({ ...power('stopped', 1), generation: 3 })).toEqual(['stop-workload']);
    expect(await settle({ ...power('stopped', 1), ...always, generation: 4 })).not.toContain(
      'start-workload',
    );
  });

  it('another image makes it anew, when it does not run', async () => {
    await settle({ run: 1 });
    const image = { id: 'image', checksum: 'other' };
    expect(await settle({ run: 1, image, generation: 2 })).toEqual([]);
    const rebuilt = await settle({ run: 2, image, generation: 3 });
    expect(rebuilt).toEqual([
      'stop-workload',
      'remove-workload',
      'fetch-image',
      'make-workload',
      'start-workload',
    ]);
  });

  it('a container without a port that is plugged waits, and says for what', async () => {
    expect(await settle({ run: 1, portIds: ['port'] })).not.toContain('start-workload');
    const entry = bench.world.find('container', 'c1');
    expect(entry && bench.next(entry)).toEqual({ wait: 'waiting for its network port' });
  });

  it('a container whose port waits for a network says what the network suffers from', async () => {
    await settle({ run: 1, portIds: ['port'] });
    bench.world.put([aNetwork(), aPort()], []);
    const network = bench.world.find('network', 'net');
    const failure = { reason: 'port 80 is taken', final: false, count: 1, retryAt: 0 };
    if (network) bench.world.setFailure(network, failure);
    const entry = bench.world.find('container', 'c1');
    const wait = 'waiting for its network port: port 80 is taken';
    expect(entry && bench.next(entry)).toEqual({ wait });
  });

  it('a container does not start before its network is all that it should be by then', async () => {
    bench.world.put([aNetwork(), aPort(), aContainer('c1', { portIds: ['port'] })], []);
    await bench.settle();
    bench.world.put([aNetwork('net', 2), aContainer('c1', { run: 1, generation: 2, portIds: ['port'] })], []);
    const entry = bench.world.find('container', 'c1');
    expect(entry && bench.next(entry)).toEqual({ wait: 'waiting for its network port' });
    expect(await bench.settle()).toEqual(['ensure-network', 'start-workload']);
  });

  it('a container starts beside a change of its network that can never be made', async () => {
    bench.world.put([aNetwork(), aPort(), aContainer('c1', { portIds: ['port'] })], []);
    await bench.settle();
    bench.world.put([aNetwork('net', 2), aContainer('c1', { run: 1, generation: 2, portIds: ['port'] })], []);
    const network = bench.world.find('network', 'net');
    const failure = { reason: 'no such thing', final: true, count: 1, retryAt: 0 };
    if (network) bench.world.setFailure(network, failure);
    expect(await bench.settle()).toEqual(['start-workload']);
  });
});

describe('any state of affairs', () => {
  const container = (id: string) =>
    fc
      .record({
        state: fc.constantFrom(...(Object.keys(states) as PowerState[])),
        epoch: fc.integer({ min: 0, max: 3 }),
        checksum: fc.constantFrom('one', 'two'),
        restart: fc.constantFrom('no', 'always', 'on-failure', 'unless-stopped'),
        wired: fc.boolean(),
      })
      .map(({ state, epoch, checksum, restart, wired }) =>
        aContainer(id, {
          ...power(state, epoch),
          image: { id: 'image', checksum },
          restartPolicy: { name: restart, maximumRetryCount: 2 },
          portIds: wired ? [`port-${id}`] : [],
        }),
      );
  const desired = fc
    .record({
      containers: fc.tuple(fc.option(container('a')), fc.option(container('b'))),
      router: fc.boolean(),
      group: fc.boolean(),
    })
    .map(({ containers, router, group }): DesiredObject[] => [
      aNetwork(),
      ...containers.flatMap((one) => (one ? [one, aPort(`port-${one.id}`, one.id)] : [])),
      ...(router ? [aRouter()] : []),
      ...(group ? [aGroup()] : []),
    ]);
  const exit = fc.record({ id: fc.constantFrom('a', 'b'), code: fc.integer({ min: 0, max: 1 }) });
  const change = fc.oneof(
    desired.map((objects) => ({ objects })),
    exit.map((exits) => ({ exits })),
  );

  it('leads to what is desired, comes to rest, and starts nothing that should be down', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(change, fc.nat(12)), { maxLength: 6 }),
        desired,
        fc.infiniteStream(fc.nat(20)),
        async (history, last, order) => {
          bench = new NodeBench();
          let generation = 0;
          const choose = (count: number) => (order.next().value ?? 0) % count;
          const set = (objects: DesiredObject[]) => {
            generation++;
            bench.world.set(objects.map((object) => ({ ...object, generation })));
          };
          for (const [event, steps] of history) {
            if ('objects' in event) set(event.objects);
            else exitOf(bench, event.exits.id, event.exits.code);
            for (let step = 0; step < steps && bench.busy().length > 0; step++) await actOnce(bench, choose);
          }
          set(last);
          await bench.settle(choose);
          expectReached(bench, last);
          expect(bench.busy()).toEqual([]);
        },
      ),
      { numRuns: often(300) },
    );
  });
});

async function actOnce(on: NodeBench, choose: (count: number) => number): Promise<void> {
  const keys = on.busy();
  const key = keys[choose(keys.length)];
  if (!key) return;
  const [kind = '', id = ''] = key.split(':');
  const verb = await on.act(key);
  if (verb !== 'start-workload' || kind !== 'container') return;
  const entry = on.world.find('container', id);
  const wanted = entry?.desired?.kind === 'container' ? entry.desired.spec.power.state : 'stopped';
  expect(['running', 'paused']).toContain(wanted);
}

function exitOf(on: NodeBench, id: string, code: number): void {
  const entry = on.world.find('container', id);
  if (!entry || on.host.state(id).status !== 'running') return;
  on.host.exit(id, code);
  on.world.setWorkload(entry, { state: on.host.state(id) });
}

function expectReached(on: NodeBench, objects: readonly DesiredObject[]): void {
  const containers = objects.filter((object) => object.kind === 'container');
  expect(on.host.ids().toSorted()).toEqual(containers.map(({ id }) => id).sort());
  expect([...on.network.world.sandboxes].sort()).toEqual(containers.map(({ id }) => id).sort());
  expect([...on.network.world.ports.keys()]).toHaveLength(containers.length);
  expect(on.network.world.routers.size).toBe(objects.filter(({ kind }) => kind === 'router').length);
  for (const { id, spec } of containers) {
    const { status, exitCode } = on.host.state(id);
    if (spec.power.state === 'created' || spec.power.state === 'stopped')
      expect(['created', 'stopped']).toContain(status);
    else if (status === 'stopped') expectMayRest(spec, exitCode);
    else expect(status).toBe(spec.power.state);
  }
}

/** One that exited by itself may stay down by its policy alone. */
function expectMayRest({ restartPolicy: { name } }: ContainerSpec, exitCode: number | null): void {
  expect(['no', 'on-failure']).toContain(name);
  if (name === 'on-failure') expect(exitCode).not.toBeNull();
}
