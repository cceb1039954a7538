import { badRequest } from '#kernel/errors.ts';
import type { VolumeSourceRef } from './driver.ts';

/** The gate: ids that pass here may become names of files and devices. */

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const SECTOR = 512;

export function checkId(id: string): void {
  if (!ID.test(id)) throw badRequest(`'${id}' is not an id.`);
}

export function checkBytes(bytes: number): void {
  if (!Number.isSafeInteger(bytes) || bytes <= 0 || bytes % SECTOR !== 0)
    throw badRequest(`A volume cannot have ${bytes} bytes: a positive multiple of ${SECTOR} is needed.`);
}

export const checkSource = (source: VolumeSourceRef): void =>
  checkId('volume' in source ? source.volume : source.snapshot);

/** A clone may be larger than its source, never smaller. */
export function checkFits(sourceBytes: number, bytes: number): void {
  if (sourceBytes > bytes)
    throw badRequest(`The source has ${sourceBytes} bytes, more than the ${bytes} of its copy.`);
}
