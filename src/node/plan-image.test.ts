import { beforeEach, describe, expect, it } from 'vitest';
import { NodeBench } from '#test/support/node-bench.ts';
import { aContainer } from '#test/support/node-objects.ts';
import type { RegistryImage } from './protocol.ts';
import { reportOf } from './report.ts';

const app = (tag: string): RegistryImage => ({ reference: `registry.test/app:${tag}`, pull: 'always' });
const [ONE, TWO] = ['1', '2'].map((digit) => `sha256:${digit.repeat(64)}`) as [string, string];

let bench: NodeBench;
beforeEach(() => {
  bench = new NodeBench();
  bench.images.registry.set(app('1').reference, ONE).set(app('2').reference, TWO);
});

const facts = () => bench.world.find('container', 'c1')?.facts.workload;

describe("a registry's image", () => {
  it('is resolved, written down, and fetched by its digest', async () => {
    bench.world.put([aContainer('c1', { run: 1, image: app('1') })], []);
    const verbs = await bench.settle();
    expect(verbs.filter((verb) => verb.endsWith('-image'))).toEqual(['resolve-image', 'fetch-image']);
    expect(facts()?.pinned).toEqual({ reference: app('1').reference, digest: ONE });
    expect(bench.images.keys()).toEqual([ONE.replace(':', '-')]);
    expect(bench.host.state('c1').status).toBe('running');
  });

  it('stays the same one when the workload is made again, whatever its tag means by then', async () => {
    bench.world.put([aContainer('c1', { run: 1, image: app('1') })], []);
    await bench.settle();
    bench.images.registry.set(app('1').reference, TWO);
    const change = { generation: 2, image: app('1'), hostname: 'other' };
    bench.world.put([aContainer('c1', { ...change, run: 2 })], []);
    expect(await bench.settle()).not.toContain('resolve-image');
    expect(facts()?.pinned?.digest).toBe(ONE);
  });

  it('is resolved anew when another is wished for, after the workload is gone', async () => {
    bench.world.put([aContainer('c1', { run: 1, image: app('1') })], []);
    await bench.settle();
    bench.world.put([aContainer('c1', { generation: 2, run: 2, image: app('2') })], []);
    const verbs = await bench.settle();
    expect(verbs.indexOf('resolve-image')).toBeGreaterThan(verbs.indexOf('remove-workload'));
    expect(facts()).toMatchObject({ pinned: { digest: TWO }, image: app('2').reference });
  });

  it('gives way to a stored one, and is forgotten', async () => {
    bench.world.put([aContainer('c1', { run: 1, image: app('1') })], []);
    await bench.settle();
    bench.world.put([aContainer('c1', { generation: 2, run: 2 })], []);
    await bench.settle();
    expect(facts()).toMatchObject({ pinned: null, image: 'image-sum' });
  });

  it('is none of what an older node knew nothing of', async () => {
    bench.world.put([aContainer('c1', { run: 1 })], []);
    await bench.settle();
    const entry = bench.world.find('container', 'c1');
    const { pinned: _absent, ...older } = entry!.facts.workload;
    bench.world.setFacts(entry!, { workload: older });
    expect(bench.busy()).toEqual([]);
    bench.world.put([aContainer('c1', { generation: 2, run: 2, image: app('1') })], []);
    expect(await bench.settle()).toContain('resolve-image');
  });
});

describe('an image that is to lie here', () => {
  const put = (image: RegistryImage | { id: string; checksum: string }, generation = 1) =>
    bench.world.put([{ kind: 'image', id: 'i1', generation, spec: { image } }], []);
  const report = () => reportOf(bench.world.find('image', 'i1')!, bench.world, bench.now);

  it('is resolved and fetched, once, whether a container has it or not', async () => {
    put(app('1'));
    expect(report()).toMatchObject({ kind: 'image', status: 'working', digest: null });
    expect(await bench.settle()).toEqual(['resolve-image', 'fetch-image']);
    expect(bench.images.keys()).toEqual([ONE.replace(':', '-')]);
    expect(report()).toMatchObject({ status: 'ready', reason: null, digest: ONE });
    expect(bench.busy()).toEqual([]);
  });

  it('of the image service needs no resolving', async () => {
    put({ id: 'image', checksum: 'sum' });
    expect(await bench.settle()).toEqual(['fetch-image']);
    expect(report()).toMatchObject({ status: 'ready', digest: null });
  });

  it('is forgotten when nobody wishes it any more', async () => {
    put(app('1'));
    await bench.settle();
    bench.world.put([], [{ kind: 'image', id: 'i1' }]);
    expect(await bench.settle()).toEqual(['forget-image']);
    expect(bench.world.find('image', 'i1')).toBeUndefined();
  });

  it('that cannot be had is told with the reason', () => {
    put(app('1'));
    const entry = bench.world.find('image', 'i1')!;
    bench.world.setFailure(entry, { reason: 'no such image', final: true, count: 1, retryAt: 0 });
    expect(report()).toMatchObject({ status: 'error', reason: 'no such image' });
  });
});
