import { badRequest } from '#kernel/errors.ts';

/** Each container in a machine of its own. */
export const ISOLATING_RUNTIME = 'clear';

/** Names under which users of other clouds know a runtime. */
const ALIASES: Readonly<Record<string, string>> = { kata: ISOLATING_RUNTIME };

/** The runtime that a user means; null = the cloud's own. */
export const runtimeCalled = (name: string | null | undefined): string | null =>
  name === null || name === undefined ? null : (ALIASES[name] ?? name);

const LIMITING_DISKS: readonly string[] = ['crun', ISOLATING_RUNTIME];

/** Whether a runtime can bound what a container writes to its root. */
export const limitsDisks = (runtime: string): boolean => LIMITING_DISKS.includes(runtime);

/** @throws CloudError `bad-request` */
export function assertLimitsDisks(runtime: string): void {
  if (!limitsDisks(runtime))
    throw badRequest(`The runtime ${runtime} does not limit disks; ${LIMITING_DISKS.join(' and ')} do.`);
}
