import { setImmediate as turn } from 'node:timers/promises';
import { beforeEach, describe, expect, it, vi, type Mock } from 'vitest';
import { silentLogger } from '#kernel/log.ts';
import { ManualClock } from '#test/support/manual-clock.ts';
import { FakeImages } from '#test/support/node-bench.ts';
import { aContainer } from '#test/support/node-objects.ts';
import { DesiredStore } from './desired-store.ts';
import { ImageCollector } from './image-collector.ts';
import { fingerprint } from './workload-facts.ts';
import { World } from './world.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

let clock: ManualClock;
let store: DesiredStore;
let world: World;
let images: FakeImages;
let disk: { diskTotal: number; diskAvailable: number };
let collector: ImageCollector;
let sweep: Mock<() => Promise<void>>;

beforeEach(() => {
  clock = new ManualClock();
  store = new DesiredStore(':memory:');
  world = new World(store);
  images = new FakeImages();
  disk = { diskTotal: 1000, diskAvailable: 500 };
  const figures = async () => disk;
  sweep = vi.fn(async () => {});
  const runtimes = [{ name: 'plain' }, { name: 'copying', copies: { sweep } }];
  collector = new ImageCollector({ world, store, images, runtimes, figures, clock, log: silentLogger });
});

const aContainerOf = (checksum: string, id = `of-${checksum}`, generation = 1) =>
  aContainer(id, { image: { id: 'i', checksum }, generation });

async function collect(): Promise<readonly string[]> {
  await collector.collect();
  return images.keys();
}

/** Images were last of use an hour apart, in this order. */
async function usedInOrder(...checksums: string[]): Promise<void> {
  for (const checksum of checksums) {
    images.here.add(`i-${checksum}`);
    await collect();
    clock.advance(HOUR_MS);
  }
}

describe('an image', () => {
  it('stays while a container is to be made from it', async () => {
    images.here.add('i-a');
    world.put([aContainerOf('a')], []);
    disk.diskAvailable = 0;
    await collect();
    clock.advance(30 * DAY_MS);
    expect(await collect()).toEqual(['i-a']);
  });

  it('stays while a workload is there that was made from it, whatever is desired now', async () => {
    images.here.add('i-a').add('i-b');
    const made = aContainerOf('a', 'c');
    world.put([made], []);
    const entry = world.find('container', 'c');
    if (entry) world.setWorkload(entry, { made: fingerprint(made.spec) });
    world.put([aContainerOf('b', 'c', 2)], []);
    await collect();
    clock.advance(DAY_MS);
    expect(await collect()).toEqual(['i-a', 'i-b']);
    world.put([], [{ kind: 'container', id: 'c' }]);
    clock.advance(DAY_MS);
    expect(await collect()).toEqual(['i-a', 'i-b']);
  });

  it('of a registry stays from the moment on that its digest is known', async () => {
    const [digest, other] = ['1', '2'].map((digit) => `sha256:${digit.repeat(64)}`) as [string, string];
    images.here.add(digest.replace(':', '-')).add(other.replace(':', '-'));
    const reference = 'registry.test/app:1';
    world.put([aContainer('c', { image: { reference, pull: 'always' } })], []);
    const entry = world.find('container', 'c');
    if (entry) world.setWorkload(entry, { pinned: { reference, digest } });
    disk.diskAvailable = 0;
    expect(await collect()).toEqual([digest.replace(':', '-')]);
  });

  it('goes a day after the last container that had it, and not earlier', async () => {
    images.here.add('i-a');
    world.put([aContainerOf('a', 'c')], []);
    world.put([], [{ kind: 'container', id: 'c' }]);
    await collect();
    clock.advance(HOUR_MS / 2);
    const entry = world.find('container', 'c');
    if (entry) {
      world.forget(entry);
      collector.released(entry);
    }
    clock.advance(DAY_MS - 1);
    expect(await collect()).toEqual(['i-a']);
    clock.advance(1);
    expect(await collect()).toEqual([]);
    expect(store.imageUses().size).toBe(0);
  });

  it('counts as used when it is met for the first time', async () => {
    images.here.add('i-a');
    expect(await collect()).toEqual(['i-a']);
    clock.advance(DAY_MS);
    expect(await collect()).toEqual([]);
  });
});

describe('a disk of which less than a tenth is free', () => {
  it('loses images at once, the longest unused first, until there is room', async () => {
    await usedInOrder('c', 'a', 'b');
    disk.diskAvailable = 99;
    images.remove = async (key) => {
      disk.diskAvailable += 1;
      images.here.delete(key);
    };
    expect(await collect()).toEqual(['i-a', 'i-b']);
  });

  it('keeps what is used', async () => {
    await usedInOrder('c', 'a');
    world.put([aContainerOf('c')], []);
    disk.diskAvailable = 1;
    expect(await collect()).toEqual(['i-c']);
  });
});

describe('the collector', () => {
  it('looks again every hour', async () => {
    await usedInOrder('a');
    disk.diskAvailable = 1;
    clock.advance(HOUR_MS);
    await turn();
    expect(images.keys()).toEqual([]);
  });

  it('spares an image that a container has come to need while another was removed', async () => {
    await usedInOrder('a', 'b');
    disk.diskAvailable = 1;
    const removal = Promise.withResolvers<void>();
    images.remove = async (key) => {
      images.here.delete(key);
      await removal.promise;
    };
    const collected = collect();
    await turn();
    world.put([aContainerOf('b')], []);
    removal.resolve();
    await collected;
    expect(images.keys()).toEqual(['i-b']);
  });

  it('tries an image again in an hour that could not be removed', async () => {
    await usedInOrder('a');
    disk.diskAvailable = 1;
    vi.spyOn(images, 'remove').mockRejectedValueOnce(new Error('busy'));
    expect(await collect()).toEqual(['i-a']);
    clock.advance(HOUR_MS);
    await turn();
    expect(images.keys()).toEqual([]);
  });

  it('lets runtimes sweep their copies each time, after the images, whether they can or not', async () => {
    await usedInOrder('a');
    disk.diskAvailable = 1;
    sweep.mockClear();
    sweep.mockImplementationOnce(async () => {
      expect(images.keys()).toEqual([]);
      throw new Error('away');
    });
    await collect();
    await collect();
    expect(sweep).toHaveBeenCalledTimes(2);
  });

  it('removes nothing more once it is closed', async () => {
    await usedInOrder('a', 'b');
    disk.diskAvailable = 1;
    const removal = Promise.withResolvers<void>();
    images.remove = async (key) => {
      await removal.promise;
      images.here.delete(key);
    };
    void collect();
    await turn();
    const closed = collector.close();
    removal.resolve();
    await closed;
    clock.advance(30 * DAY_MS);
    expect(await collect()).toEqual(['i-b']);
  });
});
