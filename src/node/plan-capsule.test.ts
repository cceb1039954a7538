import { beforeEach, describe, expect, it } from 'vitest';
import { aContainer, aNetwork, aPort } from '#test/support/node-objects.ts';
import { NodeBench } from '#test/support/node-bench.ts';
import type { ContainerSpec } from './protocol.ts';

const POD = 'pod';
const member = (id: string, change: Partial<ContainerSpec> = {}) =>
  aContainer(id, { run: 1, sandboxId: POD, portIds: ['port'], ...change });
const pod = (...members: ReturnType<typeof member>[]) => [aNetwork(), aPort('port', POD), ...members];
const always = { restartPolicy: { name: 'always', maximumRetryCount: 0 } } as const;

let bench: NodeBench;
beforeEach(() => {
  bench = new NodeBench();
});
function exit(id: string, code: number): void {
  bench.host.exit(id, code);
  const entry = bench.world.find('container', id);
  if (entry) bench.world.setWorkload(entry, { state: bench.host.state(id) });
}
const status = (id: string) => bench.host.state(id).status;

describe('containers in one sandbox', () => {
  it('share its network namespace', async () => {
    bench.world.put(pod(member('a'), member('b')), []);
    const verbs = await bench.settle();
    expect(verbs.filter((verb) => verb === 'ensure-sandbox')).toHaveLength(1);
    const namespaces = ['a', 'b'].map((id) => bench.host.find(id)?.spec.netns);
    expect(namespaces[0]).toBe(bench.world.find('sandbox', POD)?.facts.netns);
    expect(new Set(namespaces).size).toBe(1);
    expect(['a', 'b'].map(status)).toEqual(['running', 'running']);
  });

  it('keep it until the last of them is gone, and then leave nothing', async () => {
    bench.world.put(
      [aContainer('a', { run: 1, sandboxId: POD }), aContainer('b', { run: 1, sandboxId: POD })],
      [],
    );
    await bench.settle();
    bench.world.put([], [{ kind: 'container', id: 'a' }]);
    expect(await bench.settle()).toEqual(['remove-workload']);
    bench.world.put([], [{ kind: 'container', id: 'b' }]);
    expect(await bench.settle((count) => count - 1)).toEqual(['remove-workload', 'remove-sandbox']);
    expect([...bench.world.entries()]).toEqual([]);
    expect((await bench.network.inspect()).sandboxes).toEqual([]);
  });

  it('are restarted one by one', async () => {
    bench.world.put(pod(member('a', always), member('b', always)), []);
    await bench.settle();
    const before = bench.host.state('b');
    exit('a', 1);
    await bench.settle();
    expect(status('a')).toBe('running');
    expect(bench.host.state('b')).toEqual(before);
  });
});

describe('a container that comes after others', () => {
  const first = member('first');
  const main = member('main', { after: ['first'] });

  it('is made, and waits until they have ended well', async () => {
    bench.world.put(pod(first, main), []);
    await bench.settle();
    expect([status('first'), status('main')]).toEqual(['running', 'created']);
    const entry = bench.world.find('container', 'main');
    expect(entry && bench.next(entry)).toEqual({ wait: 'waiting for the init containers' });
    exit('first', 0);
    expect(await bench.settle()).toEqual(['start-workload']);
    expect(status('main')).toBe('running');
  });

  it('does not start when one of them failed', async () => {
    bench.world.put(pod(first, main), []);
    await bench.settle();
    exit('first', 3);
    expect(await bench.settle()).toEqual([]);
    expect(status('main')).toBe('created');
  });

  it('does not wait for them again when it is restarted', async () => {
    bench.world.put(pod(first, member('main', { ...always, after: ['first'] })), []);
    await bench.settle();
    exit('first', 0);
    await bench.settle();
    bench.world.put([], [{ kind: 'container', id: 'first' }]);
    exit('main', 1);
    expect(await bench.settle()).toContain('start-workload');
  });
});
