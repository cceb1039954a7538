import { badRequest } from '#kernel/errors.ts';
import type { Volume, VolumeStatus } from './volume.ts';

const DELETABLE: readonly VolumeStatus[] = [
  'available',
  'error',
  'error_restoring',
  'error_extending',
  'error_managing',
];
const SETTLED: readonly VolumeStatus[] = ['available', 'in-use'];
const AVAILABLE: readonly VolumeStatus[] = ['available'];

/** Each action and the statuses it is allowed in. */
export const can = {
  delete: DELETABLE,
  clone: [...SETTLED, 'error_backing-up', 'backing-up'],
  snapshot: SETTLED,
  'force-snapshot': [...SETTLED, 'backing-up', 'uploading'],
  extend: AVAILABLE,
  'extend-attached': SETTLED,
  revert: AVAILABLE,
  retype: SETTLED,
  reimage: ['available', 'error', 'reserved'],
  reserve: AVAILABLE,
  'reserve-multi': SETTLED,
  unreserve: ['attaching', 'reserved'],
  attach: ['available', 'attaching', 'reserved', 'in-use'],
  'begin-detaching': ['in-use'],
  'roll-detaching': ['detaching'],
  detach: ['in-use', 'detaching', 'attaching', 'reserved'],
  backup: AVAILABLE,
  'force-backup': SETTLED,
  upload: AVAILABLE,
  'force-upload': SETTLED,
  restore: ['available'],
  transfer: AVAILABLE,
  'set-readonly': AVAILABLE,
} satisfies Record<string, readonly VolumeStatus[]>;

export type VolumeAction = keyof typeof can;

/** @throws CloudError `bad-request`: to Cinder a wrong state is a wrong request. */
export function assertCan(action: VolumeAction, { id, status }: Pick<Volume, 'id' | 'status'>): void {
  const allowed: readonly VolumeStatus[] = can[action];
  if (allowed.includes(status)) return;
  const verb = action.replaceAll('-', ' ');
  throw badRequest(
    `Invalid volume: volume ${id} is ${status}; to ${verb} it, it must be ${allowed.join(' or ')}.`,
    { code: 'InvalidVolume' },
  );
}
