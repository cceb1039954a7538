import type { CloudError } from '#kernel/errors.ts';
import { networkError, refused } from './errors.ts';
import type { Standard } from './standard.ts';

/** Lets a project, or everybody (`*`), use an object of another. */
export interface RbacPolicy extends Standard {
  readonly objectType: SharedType;
  readonly objectId: string;
  readonly action: RbacAction;
  readonly targetProject: string;
}

export const EVERYBODY = '*';
export const SHARED = 'access_as_shared';
export const EXTERNAL = 'access_as_external';
export type RbacAction = typeof SHARED | typeof EXTERNAL;

export const SHARED_TYPES = [
  'network',
  'subnetpool',
  'address_scope',
  'security_group',
  'qos_policy',
  'address_group',
] as const;
export type SharedType = (typeof SHARED_TYPES)[number];

export const rbacNotFound = (id: string): CloudError =>
  networkError('not-found', 'RbacPolicyNotFound', `RBAC policy of type rbac_policy with ID ${id} not found`);

export const rbacInUse = (objectId: string, projects: readonly string[]): CloudError =>
  refused(
    'RbacPolicyInUse',
    `RBAC policy on object ${objectId} cannot be removed because other objects depend on it. Details: it is used by ${projects.join(', ')}`,
  );

/** Only networks lead out. */
export function assertAction(type: SharedType, action: RbacAction): void {
  if (action === EXTERNAL && type !== 'network')
    throw networkError(
      'bad-request',
      'RbacPolicyInvalidAction',
      `Invalid action '${action}' for object type '${type}'. Valid actions: ${SHARED}`,
    );
}

/** Projects that use the object and would no longer be allowed to by these targets. */
export function uncovered(users: readonly string[], owner: string, targets: readonly string[]): string[] {
  if (targets.includes(EVERYBODY)) return [];
  return users.filter((user) => user !== owner && user !== '' && !targets.includes(user));
}
