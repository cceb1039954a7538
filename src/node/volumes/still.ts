import type { VolumeDriver, VolumeSourceRef } from '#drivers/volume/driver.ts';

export interface StillSource {
  readonly ref: VolumeSourceRef;
  /** Whether somebody may write to it meanwhile. */
  readonly isAttached: boolean;
  /** Of whoever reads: also the id of the snapshot that is taken for the reading, so that it is found after a crash. */
  readonly reader: string;
}

/** Reads a source as it is at one moment: of a volume that is attached, a snapshot is taken for as long. */
export async function withStillSource<T>(
  driver: VolumeDriver,
  { ref, isAttached, reader }: StillSource,
  use: (ref: VolumeSourceRef) => Promise<T>,
): Promise<T> {
  if ('snapshot' in ref || !isAttached) return use(ref);
  await driver.removeSnapshot(reader); // left by a crash: of an earlier moment
  await driver.ensureSnapshot(reader, ref.volume);
  try {
    return await use({ snapshot: reader });
  } finally {
    await driver.removeSnapshot(reader);
  }
}
