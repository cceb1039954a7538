import type { Attachment } from './attachment.ts';
import type { VolumeStatus } from './volume.ts';

/** The statuses that follow from who holds the volume. In others, something is being done with it. */
const OF_ATTACHMENTS: ReadonlySet<VolumeStatus> = new Set([
  'available',
  'reserved',
  'attaching',
  'in-use',
  'detaching',
]);

/** What a volume is with these attachments. */
export function statusAmong(
  before: VolumeStatus,
  attachments: readonly Pick<Attachment, 'status'>[],
): VolumeStatus {
  if (!OF_ATTACHMENTS.has(before)) return before;
  const has = (status: Attachment['status']) =>
    attachments.some((attachment) => attachment.status === status);
  if (has('attached')) return 'in-use';
  if (has('attaching') || has('error_attaching')) return 'attaching';
  return has('reserved') ? 'reserved' : 'available';
}
