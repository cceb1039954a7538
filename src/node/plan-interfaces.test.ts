import { expect, it } from 'vitest';
import { NodeBench } from '#test/support/node-bench.ts';
import { aContainer, aNetwork, aPort } from '#test/support/node-objects.ts';

const attached = (runtime: string) => [
  aPort('second', 'c1'),
  aContainer('c1', { runtime, run: 1, generation: 2, portIds: ['port', 'second'] }),
];

it.each([
  ['fake-disks', ['connect-workload']],
  ['fake', []],
])('a running workload of %s hears of a port that was plugged or has gone: %j', async (runtime, verbs) => {
  const bench = new NodeBench();
  const first = [aContainer('c1', { runtime, run: 1, portIds: ['port'] }), aPort('port', 'c1'), aNetwork()];
  bench.world.put(first, []);
  expect(await bench.settle()).not.toContain('connect-workload');
  bench.world.put(attached(runtime), []);
  expect(await bench.settle()).toEqual(['plug-port', ...verbs]);
  const alone = aContainer('c1', { runtime, run: 1, generation: 3, portIds: ['port'] });
  bench.world.put([alone], [{ kind: 'port', id: 'second' }]);
  expect(await bench.settle()).toEqual(['unplug-port', ...verbs]);
});
