import type { VolumeDriver } from '#drivers/volume/driver.ts';
import type { VolumeSource, VolumeSpec } from '../protocol.ts';
import { restoreBackup } from './restore-backup.ts';
import { withStillSource } from './still.ts';
import { writeImage, type ImageTools } from './write-image.ts';
import type { Control } from './control.ts';

export interface FillDeps {
  readonly control: Control;
  readonly images: ImageTools;
  /** Whether a volume of this node is a device now. */
  readonly isAttached: (volumeId: string) => boolean;
}

export interface Filling {
  readonly id: string;
  readonly spec: VolumeSpec;
  /** Of the volume when it is filled. */
  readonly bytes: number;
  /** Whether there is no volume of this id yet. */
  readonly isNew: boolean;
  readonly driver: VolumeDriver;
  readonly signal: AbortSignal;
  /** Is told how far it is, in words for the user. */
  readonly note: (text: string) => void;
}

type Of<K extends VolumeSource['kind']> = Extract<VolumeSource, { kind: K }>;
type Writers = {
  readonly [K in VolumeSource['kind']]: (deps: FillDeps, filling: Filling, source: Of<K>) => Promise<void>;
};

/**
 * Gives a volume its content, whole or not at all: what is written is a draft until it is committed, and begun anew after a
 * crash. @throws CloudError; of `not-found`, `bad-request` and the like no other try can be better
 */
export async function fillVolume(deps: FillDeps, filling: Filling): Promise<void> {
  const { id, bytes, driver, isNew, signal, spec } = filling;
  const { source } = spec.content;
  if (source.kind === 'zeros' && isNew) return driver.ensureVolume(id, bytes);
  try {
    const write = WRITERS[source.kind] as (d: FillDeps, f: Filling, s: VolumeSource) => Promise<void>;
    await write(deps, filling, source);
    signal.throwIfAborted();
    await driver.commitDraft(id);
  } catch (thrown) {
    await driver.discardDraft(id).catch(() => {}); // what it failed for is told; the next draft throws this one away
    throw thrown;
  }
}

const WRITERS: Writers = {
  zeros: async (_deps, { driver, id, bytes }) => {
    await driver.draft(id, bytes);
  },
  volume: (deps, filling, source) => {
    const { driver, id, bytes, note } = filling;
    note('copying the volume');
    const isAttached = deps.isAttached(source.id);
    return withStillSource(driver, { ref: { volume: source.id }, isAttached, reader: id }, async (ref) => {
      await driver.cloneToDraft(id, bytes, ref);
    });
  },
  snapshot: async (_deps, { driver, id, bytes, note }, source) => {
    note('copying the snapshot');
    await driver.cloneToDraft(id, bytes, { snapshot: source.id });
  },
  image: async ({ images }, filling, source) => {
    const { path } = await filling.driver.draft(filling.id, filling.bytes);
    await writeImage(images, { ...filling, path }, source);
  },
  backup: async ({ control }, filling, source) => {
    const { path } = await filling.driver.draft(filling.id, filling.bytes);
    await restoreBackup(control, { ...filling, path }, source.id);
  },
};
