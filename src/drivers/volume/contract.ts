import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { VolumeDriver } from './driver.ts';
import type { Step } from './step.ts';

/** One machine for one test. */
export interface VolumeHarness {
  /** A new driver on the same machine, as after a restart of the node. */
  driver(step?: Step): VolumeDriver;
  /** Of a file or device. */
  bytesOf(path: string): Promise<number>;
  /** @returns what is there, as text; zeros as ''. */
  read(path: string, offset: number, length: number): Promise<string>;
  /** As a workload writes: what it wrote is on the device when this returns. @throws on what is read-only */
  write(path: string, offset: number, text: string): Promise<void>;
  /** Everything of ours that the machine still holds, named for the failure message. */
  leftovers(): Promise<string[]>;
  close(): Promise<void>;
}

const MIB = 1 << 20;
/** Sizes that no backend has to round. */
const SMALL = 8 * MIB;
const LARGE = 16 * MIB;

/** What every volume driver promises, wherever it keeps its bytes. */
export function volumeContract(name: string, makeHarness: () => Promise<VolumeHarness>): void {
  describe(`volume driver ${name}`, () => {
    let harness: VolumeHarness;
    let driver: VolumeDriver;

    beforeEach(async () => {
      harness = await makeHarness();
      driver = harness.driver();
      await driver.recover();
    });

    afterEach(() => harness.close());

    const read = (path: string, offset = 0): Promise<string> => harness.read(path, offset, 5);
    const contentOf = async (driver: VolumeDriver, id: string, offset = 0): Promise<string> => {
      const opened = await driver.open({ volume: id });
      try {
        return await read(opened.path, offset);
      } finally {
        await opened.close();
      }
    };
    const written = async (text: string, bytes = SMALL): Promise<string> => {
      const id = randomUUID();
      const { path } = await driver.draft(id, bytes);
      await harness.write(path, 0, text);
      await driver.commitDraft(id);
      return id;
    };
    const attached = async (id: string) => (await driver.attach(id, 'rw')).path;

    describe('volumes', () => {
      it('says that it is usable where its tests run', async () => {
        expect(await driver.probe()).toEqual({ usable: true });
      });

      it('finds nothing where nothing was made', async () => {
        expect(await driver.list()).toEqual({ volumes: [], snapshots: [], drafts: [] });
        const { total, free } = await driver.capacity();
        expect(free).toBeGreaterThan(0);
        expect(total).toBeGreaterThanOrEqual(free);
      });

      it('makes zeros once, and grows but never shrinks them', async () => {
        const id = randomUUID();
        await driver.ensureVolume(id, SMALL);
        await driver.ensureVolume(id, SMALL);
        expect(await contentOf(driver, id)).toBe('');
        await driver.ensureVolume(id, LARGE);
        await driver.ensureVolume(id, SMALL);
        expect((await driver.list()).volumes).toEqual([{ id, bytes: LARGE, device: null }]);
        expect(await contentOf(driver, id, LARGE - 5)).toBe('');
      });

      it('removes them, twice without harm', async () => {
        const id = await written('hello');
        await driver.removeVolume(id);
        await driver.removeVolume(id);
        expect(await harness.leftovers()).toEqual([]);
      });

      it('refuses to open what is not there', async () => {
        await expect(driver.open({ volume: randomUUID() })).rejects.toMatchObject({ kind: 'not-found' });
        await expect(driver.open({ snapshot: randomUUID() })).rejects.toMatchObject({ kind: 'not-found' });
      });

      it('refuses ids that are none', async () => {
        for (const id of ['', '..', 'a/../b', '-x', 'A'.repeat(36), `${randomUUID()}\n`]) {
          const verbs = [
            () => driver.ensureVolume(id, SMALL),
            () => driver.draft(id, SMALL),
            () => driver.removeVolume(id),
            () => driver.attach(id, 'rw'),
            () => driver.ensureSnapshot(randomUUID(), id),
            () => driver.open({ snapshot: id }),
          ];
          for (const verb of verbs) await expect(verb()).rejects.toMatchObject({ kind: 'bad-request' });
        }
      });

      it('refuses sizes that no volume can have', async () => {
        for (const bytes of [0, -512, 100, 1.5, Number.NaN, Infinity]) {
          const verbs = [
            () => driver.ensureVolume(randomUUID(), bytes),
            () => driver.draft(randomUUID(), bytes),
          ];
          for (const verb of verbs) await expect(verb()).rejects.toMatchObject({ kind: 'bad-request' });
        }
        expect(await harness.leftovers()).toEqual([]);
      });
    });

    describe('drafts', () => {
      it('are zeros of the asked size, whatever an earlier one held', async () => {
        const id = randomUUID();
        const first = await driver.draft(id, SMALL);
        await harness.write(first.path, 0, 'hello');
        const { path } = await driver.draft(id, LARGE);
        expect(await read(path)).toBe('');
        expect(await harness.bytesOf(path)).toBe(LARGE);
        expect(await driver.list()).toMatchObject({ volumes: [], drafts: [id] });
      });

      it('become the volume, once', async () => {
        const id = await written('hello');
        await driver.commitDraft(id);
        expect(await contentOf(driver, id)).toBe('hello');
        expect(await driver.list()).toMatchObject({ volumes: [{ id, bytes: SMALL }], drafts: [] });
      });

      it('leave the volume as it is until they are committed', async () => {
        const id = await written('older');
        const { path } = await driver.draft(id, SMALL);
        await harness.write(path, 0, 'newer');
        expect(await contentOf(driver, id)).toBe('older');
        await driver.commitDraft(id);
        expect(await contentOf(driver, id)).toBe('newer');
      });

      it('can be thrown away, twice without harm', async () => {
        const id = await written('older');
        await driver.draft(id, SMALL);
        await driver.discardDraft(id);
        await driver.discardDraft(id);
        expect(await driver.list()).toMatchObject({ volumes: [{ id }], drafts: [] });
      });

      it('do not replace a volume that is attached', async () => {
        const id = await written('older');
        await attached(id);
        await driver.draft(id, SMALL);
        await expect(driver.commitDraft(id)).rejects.toMatchObject({ kind: 'conflict' });
        await driver.detach(id);
        await driver.commitDraft(id);
        expect(await contentOf(driver, id)).toBe('');
      });

      it('that nobody made cannot be committed', async () => {
        await expect(driver.commitDraft(randomUUID())).rejects.toMatchObject({ kind: 'not-found' });
      });
    });

    describe('clones', () => {
      it('have the content of their source, and zeros behind it', async () => {
        const [source, id] = [await written('hello'), randomUUID()];
        const { path } = await driver.cloneToDraft(id, LARGE, { volume: source });
        expect(await read(path)).toBe('hello');
        expect(await read(path, LARGE - 5)).toBe('');
        await driver.commitDraft(id);
        expect((await driver.list()).volumes).toContainEqual({ id, bytes: LARGE, device: null });
      });

      it('are made anew when they are asked for again', async () => {
        const [source, id] = [await written('hello'), randomUUID()];
        const first = await driver.cloneToDraft(id, SMALL, { volume: source });
        await harness.write(first.path, 0, 'spoil');
        const second = await driver.cloneToDraft(id, SMALL, { volume: source });
        expect(await read(second.path)).toBe('hello');
      });

      it('do not change with their source, nor their source with them, and outlive it', async () => {
        const [source, id] = [await written('hello'), randomUUID()];
        await driver.cloneToDraft(id, SMALL, { volume: source });
        await driver.commitDraft(id);
        const device = await attached(source);
        await harness.write(device, 0, 'HELLO');
        await driver.detach(source);
        expect(await contentOf(driver, id)).toBe('hello');
        await harness.write(await attached(id), 0, 'clone');
        await driver.detach(id);
        expect(await contentOf(driver, source)).toBe('HELLO');
        await driver.removeVolume(source);
        expect(await contentOf(driver, id)).toBe('clone');
      });

      it('cannot be smaller than their source, or have none', async () => {
        const source = await written('hello', LARGE);
        const [small, none] = [randomUUID(), randomUUID()];
        await expect(driver.cloneToDraft(small, SMALL, { volume: source })).rejects.toMatchObject({
          kind: 'bad-request',
        });
        await expect(driver.cloneToDraft(none, SMALL, { snapshot: randomUUID() })).rejects.toMatchObject({
          kind: 'not-found',
        });
        expect((await driver.list()).drafts).toEqual([]);
      });
    });

    describe('snapshots', () => {
      it('keep what the volume was, while it is attached and written', async () => {
        const [id, snapshot] = [await written('older'), randomUUID()];
        const device = await attached(id);
        await harness.write(device, MIB, 'there');
        await driver.ensureSnapshot(snapshot, id);
        await harness.write(device, 0, 'newer');
        await driver.ensureSnapshot(snapshot, id);
        const opened = await driver.open({ snapshot });
        expect(opened.bytes).toBe(SMALL);
        expect([await read(opened.path), await read(opened.path, MIB)]).toEqual(['older', 'there']);
        await opened.close();
        expect((await driver.list()).snapshots).toEqual([{ id: snapshot, volumeId: id, bytes: SMALL }]);
      });

      it('are sources of clones, also after their volume has gone', async () => {
        const [id, snapshot, clone] = [await written('hello'), randomUUID(), randomUUID()];
        await driver.ensureSnapshot(snapshot, id);
        await driver.removeVolume(id);
        expect((await driver.list()).snapshots).toEqual([{ id: snapshot, volumeId: id, bytes: SMALL }]);
        await driver.cloneToDraft(clone, SMALL, { snapshot });
        await driver.removeSnapshot(snapshot);
        await driver.commitDraft(clone);
        expect(await contentOf(driver, clone)).toBe('hello');
      });

      it('can be removed, twice without harm', async () => {
        const [id, snapshot] = [await written('hello'), randomUUID()];
        await driver.ensureSnapshot(snapshot, id);
        await driver.removeSnapshot(snapshot);
        await driver.removeSnapshot(snapshot);
        await driver.removeVolume(id);
        expect(await harness.leftovers()).toEqual([]);
      });

      it('need a volume', async () => {
        await expect(driver.ensureSnapshot(randomUUID(), randomUUID())).rejects.toMatchObject({
          kind: 'not-found',
        });
      });
    });

    describe('attached volumes', () => {
      it('are the same device however often they are asked for, also after a restart', async () => {
        const id = await written('hello');
        const device = await attached(id);
        expect(await attached(id)).toBe(device);
        const restarted = harness.driver();
        await restarted.recover();
        expect((await restarted.attach(id, 'rw')).path).toBe(device);
        expect((await restarted.list()).volumes).toEqual([{ id, bytes: SMALL, device }]);
        await restarted.detach(id);
        await restarted.detach(id);
        expect((await driver.list()).volumes).toEqual([{ id, bytes: SMALL, device: null }]);
      });

      it('are devices of their own', async () => {
        const ids = [await written('first'), await written('other')];
        const devices = await Promise.all(ids.map(attached));
        expect(new Set(devices).size).toBe(2);
        expect(await Promise.all(devices.map((device) => read(device)))).toEqual(['first', 'other']);
      });

      it('keep what was written through the device', async () => {
        const id = await written('older');
        await harness.write(await attached(id), 0, 'newer');
        expect(await contentOf(driver, id)).toBe('newer');
        await driver.detach(id);
        expect(await contentOf(driver, id)).toBe('newer');
      });

      it('can be written or not, and that can change', async () => {
        const id = await written('older');
        const { path } = await driver.attach(id, 'ro');
        await expect(harness.write(path, 0, 'newer')).rejects.toThrow();
        expect(await read(path)).toBe('older');
        expect(await attached(id)).toBe(path);
        await harness.write(path, 0, 'newer');
        expect((await driver.attach(id, 'ro')).path).toBe(path);
        await expect(harness.write(path, 0, 'other')).rejects.toThrow();
      });

      it('grow', async () => {
        const id = await written('hello');
        const device = await attached(id);
        await driver.ensureVolume(id, LARGE);
        expect(await harness.bytesOf(device)).toBe(LARGE);
        expect([await read(device), await read(device, LARGE - 5)]).toEqual(['hello', '']);
        await harness.write(device, LARGE - 5, 'world');
        expect(await read(device, LARGE - 5)).toBe('world');
      });

      it('cannot be removed', async () => {
        const id = await written('hello');
        await attached(id);
        await expect(driver.removeVolume(id)).rejects.toMatchObject({ kind: 'conflict' });
        expect((await driver.list()).volumes).toHaveLength(1);
      });

      it('need to be there', async () => {
        await expect(driver.attach(randomUUID(), 'rw')).rejects.toMatchObject({ kind: 'not-found' });
        await driver.detach(randomUUID());
      });
    });

    describe('a crash at any step', () => {
      interface Scene {
        /** @returns the ids that the verb is about. */
        readonly before: () => Promise<readonly string[]>;
        readonly verb: (driver: VolumeDriver, ids: readonly string[]) => Promise<unknown>;
        /** What holds after the crash, before the verb is repeated. */
        readonly between?: (driver: VolumeDriver, ids: readonly string[]) => Promise<void>;
        readonly after: (driver: VolumeDriver, ids: readonly string[]) => Promise<void>;
      }

      const withDraft = async () => {
        const id = await written('older');
        const { path } = await driver.draft(id, SMALL);
        await harness.write(path, 0, 'newer');
        return [id];
      };
      const one = async () => [await written('hello')];
      const two = async () => [await written('hello'), randomUUID()];
      const snapped = async () => {
        const [id = '', snapshot = ''] = await two();
        await driver.ensureSnapshot(snapshot, id);
        return [id, snapshot];
      };
      const mounted = async () => {
        const [id = ''] = await one();
        await attached(id);
        return [id];
      };

      const scenes: Readonly<Record<string, Scene>> = {
        draft: {
          before: withDraft,
          verb: (driver, [id = '']) => driver.draft(id, LARGE),
          after: async (driver, [id = '']) => {
            expect(await driver.list()).toMatchObject({ volumes: [{ id, bytes: SMALL }], drafts: [id] });
            expect(await contentOf(driver, id)).toBe('older');
          },
        },
        commitDraft: {
          before: withDraft,
          verb: (driver, [id = '']) => driver.commitDraft(id),
          between: async (driver, [id = '']) => {
            expect((await driver.list()).volumes).toEqual([{ id, bytes: SMALL, device: null }]);
            expect(['older', 'newer']).toContain(await contentOf(driver, id));
          },
          after: async (driver, [id = '']) => {
            expect(await driver.list()).toMatchObject({ volumes: [{ id }], drafts: [] });
            expect(await contentOf(driver, id)).toBe('newer');
          },
        },
        discardDraft: {
          before: withDraft,
          verb: (driver, [id = '']) => driver.discardDraft(id),
          after: async (driver, [id = '']) => {
            expect(await driver.list()).toMatchObject({ volumes: [{ id }], drafts: [] });
            expect(await contentOf(driver, id)).toBe('older');
          },
        },
        'ensureVolume, a new one': {
          before: async () => [randomUUID()],
          verb: (driver, [id = '']) => driver.ensureVolume(id, SMALL),
          after: async (driver, [id = '']) => {
            expect((await driver.list()).volumes).toEqual([{ id, bytes: SMALL, device: null }]);
          },
        },
        'ensureVolume, to grow': {
          before: mounted,
          verb: (driver, [id = '']) => driver.ensureVolume(id, LARGE),
          after: async (driver, [id = '']) => {
            const { path } = await driver.attach(id, 'rw');
            expect(await harness.bytesOf(path)).toBe(LARGE);
            expect(await contentOf(driver, id)).toBe('hello');
          },
        },
        cloneToDraft: {
          before: two,
          verb: (driver, [source = '', id = '']) => driver.cloneToDraft(id, LARGE, { volume: source }),
          after: async (driver, [source = '', id = '']) => {
            await driver.commitDraft(id);
            expect(await contentOf(driver, id)).toBe('hello');
            expect((await driver.list()).volumes).toHaveLength(2);
            expect(await contentOf(driver, source)).toBe('hello');
          },
        },
        removeVolume: {
          before: one,
          verb: (driver, [id = '']) => driver.removeVolume(id),
          after: async () => expect(await harness.leftovers()).toEqual([]),
        },
        ensureSnapshot: {
          before: two,
          verb: (driver, [id = '', snapshot = '']) => driver.ensureSnapshot(snapshot, id),
          after: async (driver, [volumeId = '', id = '']) => {
            expect((await driver.list()).snapshots).toEqual([{ id, volumeId, bytes: SMALL }]);
          },
        },
        removeSnapshot: {
          before: snapped,
          verb: (driver, [, snapshot = '']) => driver.removeSnapshot(snapshot),
          after: async (driver) =>
            expect(await driver.list()).toMatchObject({ volumes: [{}], snapshots: [] }),
        },
        attach: {
          before: one,
          verb: (driver, [id = '']) => driver.attach(id, 'ro'),
          after: async (driver, [id = '']) => {
            const { path } = await driver.attach(id, 'ro');
            expect((await driver.list()).volumes).toEqual([{ id, bytes: SMALL, device: path }]);
            await expect(harness.write(path, 0, 'newer')).rejects.toThrow();
          },
        },
        detach: {
          before: mounted,
          verb: (driver, [id = '']) => driver.detach(id),
          after: async (driver, [id = '']) => {
            expect((await driver.list()).volumes).toEqual([{ id, bytes: SMALL, device: null }]);
          },
        },
        open: {
          before: one,
          verb: (driver, [id = '']) => driver.open({ volume: id }).then((opened) => opened.close()),
          after: async (driver, [id = '']) => {
            expect((await driver.list()).volumes).toEqual([{ id, bytes: SMALL, device: null }]);
            await driver.removeVolume(id);
            expect(await harness.leftovers()).toEqual([]);
          },
        },
      };

      /** A process that ends after that many steps: it never does anything again. @returns whether it came so far. */
      const endsAfter = async (steps: number, verb: (dying: VolumeDriver) => Promise<unknown>) => {
        const ended = Promise.withResolvers<true>();
        let left = steps;
        const dying = harness.driver(() => {
          if (left > 0) {
            left -= 1;
            return Promise.resolve();
          }
          ended.resolve(true);
          return new Promise<never>(() => {});
        });
        await dying.recover();
        return Promise.race([ended.promise, verb(dying).then(() => false)]);
      };

      it.each(Object.entries(scenes))(
        'is mended by %s again',
        async (_, { before, verb, between, after }) => {
          for (let steps = 0, crashed = true; crashed; steps += 1) {
            await harness.close();
            harness = await makeHarness();
            driver = harness.driver();
            await driver.recover();
            const ids = await before();
            crashed = await endsAfter(steps, (dying) => verb(dying, ids));
            const restarted = harness.driver();
            await restarted.recover();
            await between?.(restarted, ids);
            await verb(restarted, ids);
            await after(restarted, ids);
          }
        },
      );
    });
  });
}
