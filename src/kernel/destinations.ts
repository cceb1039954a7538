import { posix } from 'node:path';
import { badRequest } from './errors.ts';

/** The kernel's own file systems: what lay over them would hide what they protect. */
const KERNELS = ['/proc', '/sys', '/dev'];
const LONGEST = 4096;
const WITHOUT_NUL = /^[^\0]+$/;

/**
 * The one way to write a path at which something may be mounted: absolute, without `.`, `..` or doubled slashes.
 * @throws CloudError `bad-request` for another one, the root itself, and what is in the kernel's own file systems
 */
export function checkDestination(path: string): string {
  const plain = posix.normalize(path).replace(/(?<=.)\/$/, '');
  const climbs = path.split('/').includes('..');
  if (!path.startsWith('/') || climbs || path.length > LONGEST || !WITHOUT_NUL.test(path))
    throw badRequest(
      `Nothing can be mounted at ${JSON.stringify(path)}: it is no absolute path without '..'.`,
    );
  if (plain === '/' || KERNELS.some((own) => plain === own || plain.startsWith(`${own}/`)))
    throw badRequest(`Nothing can be mounted at ${plain}.`);
  return plain;
}

/** @throws CloudError `bad-request` for one that is not allowed, or named twice */
export function checkDestinations(paths: readonly string[]): readonly string[] {
  const plain = paths.map(checkDestination);
  const twice = plain.find((path, index) => plain.indexOf(path) < index);
  if (twice !== undefined) throw badRequest(`Two things are to be mounted at ${twice}.`);
  return plain;
}
