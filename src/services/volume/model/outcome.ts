import type { VolumeReport } from '#node/protocol.ts';
import { specOf, type Volume } from './volume.ts';

/** How far the node is with what it was last told of an object. */
export type Progress = 'working' | 'done' | 'failed';

/** Reports on what the object was before do not count. */
export function progressOf({ generation }: { readonly generation: number }, report: VolumeReport): Progress {
  if (report.generation < generation) return 'working';
  if (report.status === 'ready') return 'done';
  return report.failed ? 'failed' : 'working';
}

/** A volume is done when it has the content and the size that it should. */
export function volumeProgress(volume: Volume, report: VolumeReport): Progress {
  const { content, size } = specOf(volume);
  const progress = progressOf(volume, report);
  const complete = report.revision >= content.revision && report.size >= size;
  return progress === 'done' && !complete ? 'working' : progress;
}

/** The volume with what was pending in force. */
export const withSuccess = (volume: Volume): Volume => ({
  ...volume,
  status: volume.pending?.onSuccess ?? volume.status,
  size: volume.wantedSize,
  content: volume.pending?.content ?? volume.content,
  pending: null,
});

/**
 * The volume without what failed: it should be again what it was, and the node is told. One that never was should not be
 * there at all.
 */
export const withFailure = (volume: Volume): Volume => ({
  ...volume,
  status: volume.pending?.onFailure ?? volume.status,
  wantedSize: volume.size,
  desired: volume.pending?.doing !== 'create',
  pending: null,
  generation: volume.generation + 1,
});
