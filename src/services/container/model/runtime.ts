import { badRequest } from '#kernel/errors.ts';

const LIMITING_DISKS: readonly string[] = ['crun'];

/** Whether a runtime can bound what a container writes to its root. */
export const limitsDisks = (runtime: string): boolean => LIMITING_DISKS.includes(runtime);

/** @throws CloudError `bad-request` */
export function assertLimitsDisks(runtime: string): void {
  if (!limitsDisks(runtime))
    throw badRequest(`The runtime ${runtime} does not limit disks; ${LIMITING_DISKS.join(', ')} does.`);
}
