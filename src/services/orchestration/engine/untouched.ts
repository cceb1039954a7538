import type { RestrictedAction } from '../template/registry.ts';
import type { Change } from './change.ts';

/** Nothing was done to a resource: its row stays as it is. */
export class Untouched extends Error {
  override readonly name: string = 'Untouched';
}

/** The environment keeps a resource from what would be done to it. */
export class Restricted extends Untouched {
  override readonly name = 'ResourceActionRestricted';
}

/** @throws Restricted */
export function assertAllowed({ compiled }: Change, name: string, action: RestrictedAction): void {
  if (compiled.environment.registry.restrictedActions(name).has(action))
    throw new Restricted(`${action} is restricted for resource.`);
}
