import { beforeEach, describe, expect, it } from 'vitest';
import { unavailable } from '#kernel/errors.ts';
import { NodeBench } from '#test/support/node-bench.ts';
import { aContainer } from '#test/support/node-objects.ts';
import { withOutcome } from './health.ts';
import type { ContainerSpec, Probe } from './protocol.ts';
import { reportOf } from './report.ts';

let bench: NodeBench;
beforeEach(() => {
  bench = new NodeBench();
});

const entry = () => bench.world.find('container', 'c1');
const workload = () => entry()?.facts.workload;
const put = (generation: number, run: number, change: Partial<ContainerSpec> = {}) =>
  bench.world.put([aContainer('c1', { generation, run, ...change })], []);
const NEW = { revision: 1, keepsOld: true, image: { id: 'other', checksum: 'sum' } };

async function rebuild() {
  put(1, 1);
  await bench.settle();
  put(2, 2, NEW);
  return bench.settle();
}

describe('a new revision with a way back', () => {
  it('has its image before the old one is stopped, which is kept', async () => {
    expect(await rebuild()).toEqual([
      'fetch-image-ahead',
      'stop-workload',
      'set-aside-workload',
      'make-workload',
      'start-workload',
    ]);
    const [old, made] = bench.host.ids();
    expect([bench.host.state(old ?? '').status, bench.host.state(made ?? '').status]).toEqual([
      'stopped',
      'running',
    ]);
    expect(workload()?.handle?.id).toBe(made);
  });

  it('takes the place of the old one for good when it is told so', async () => {
    await rebuild();
    const { keepsOld: _keepsOld, ...settled } = NEW;
    put(3, 2, settled);
    expect(await bench.settle()).toEqual(['remove-kept-workload']);
    expect(bench.host.ids()).toEqual([workload()?.handle?.id]);
    put(4, 3, { ...NEW, revision: 2 });
    await bench.settle();
    put(5, 3, { ...settled, revision: 2 });
    await bench.settle();
    expect(bench.host.ids()).toEqual(['c1']);
  });

  it('gives way to the old one, which is not made anew and runs again', async () => {
    await rebuild();
    put(3, 1);
    expect(await bench.settle()).toEqual(['stop-workload', 'bring-back-workload', 'start-workload']);
    expect(bench.host.ids()).toEqual(['c1']);
    expect(bench.host.count('ensure c1')).toBe(1);
    expect(reportOf(entry() as never, bench.world, bench.now)).toMatchObject({
      status: 'running',
      generation: 3,
      epoch: 1,
    });
  });

  it('never touches the old one when its image cannot be had', async () => {
    put(1, 1);
    await bench.settle();
    bench.images.ensure = () => Promise.reject(unavailable('no such image'));
    put(2, 2, NEW);
    await expect(bench.settle()).rejects.toThrow('no such image');
    put(3, 1);
    expect(await bench.settle()).toEqual([]);
    expect(bench.host.state('c1').status).toBe('running');
  });

  it('goes with the old one when the container goes', async () => {
    await rebuild();
    bench.world.put([], [{ kind: 'container', id: 'c1' }]);
    await bench.settle();
    expect(bench.host.ids()).toEqual([]);
  });

  it('is found by the id that the runtime has for it', async () => {
    await rebuild();
    const id = workload()?.handle?.id ?? '';
    expect(bench.world.findByWorkload(id)?.id).toBe('c1');
    expect(bench.world.findByWorkload('c1')).toBeUndefined();
  });
});

describe('a container whose live probe fails', () => {
  const live: Probe = {
    means: { kind: 'tcp', port: 80 },
    intervalSeconds: 1,
    timeoutSeconds: 1,
    failureThreshold: 1,
    successThreshold: 1,
    initialDelaySeconds: 0,
    graceSeconds: 0,
    action: 'restart',
  };
  const fail = () => {
    const facts = workload();
    if (!facts) throw new Error('There is no container.');
    const outcome = { passed: false, output: 'no', now: new Date(bench.now) };
    bench.world.setWorkload(entry() as never, withOutcome(facts, ['live', live], outcome));
  };

  it('is stopped and started again, whatever its policy, and is asked anew', async () => {
    put(1, 1, { probes: { live } });
    await bench.settle();
    fail();
    expect(await bench.settle()).toEqual(['stop-workload', 'start-workload']);
    expect(reportOf(entry() as never, bench.world, bench.now)).toMatchObject({
      status: 'running',
      restarts: 1,
      health: { status: 'starting' },
    });
  });

  it('is left to its policy when it is to be killed', async () => {
    put(1, 1, { probes: { live: { ...live, action: 'kill' } } });
    await bench.settle();
    fail();
    expect(await bench.settle()).toEqual(['stop-workload']);
    expect(reportOf(entry() as never, bench.world, bench.now)).toMatchObject({ status: 'stopped' });
  });

  it('stays down when the user stops it', async () => {
    put(1, 1, { probes: { live } });
    await bench.settle();
    fail();
    put(2, 1, { probes: { live }, power: { state: 'stopped', epoch: 1, stopTimeoutSeconds: 1 } });
    expect(await bench.settle()).toEqual(['stop-workload']);
  });
});
