import { forbidden, notFound, type CloudError } from '#kernel/errors.ts';

export interface Role {
  readonly id: string;
  readonly name: string;
  /** Null = global. */
  readonly domainId: string | null;
  readonly description: string | null;
  readonly options: Readonly<Record<string, unknown>>;
}

export type ActorKind = 'user' | 'group';
export type TargetKind = 'project' | 'domain' | 'system';

/** Somebody has a role somewhere. For the system the target id is `system`. */
export interface Assignment {
  readonly actorKind: ActorKind;
  readonly actorId: string;
  readonly targetKind: TargetKind;
  readonly targetId: string;
  readonly roleId: string;
  /** Applies to the projects below the target, not to itself. */
  readonly inherited: boolean;
}

export const SYSTEM = 'system';

export const roleNotFound = (id: string): CloudError => notFound(`Could not find role: ${id}.`);

export function assertRoleMutable(role: Role, options?: Readonly<Record<string, unknown>>): void {
  if (role.options['immutable'] === true && options?.['immutable'] !== false) {
    throw forbidden(`The role ${role.id} is immutable: set its option immutable to false first.`);
  }
}

/** The given roles with all that they imply, directly or through others. */
export function withImplied(
  roleIds: Iterable<string>,
  implied: ReadonlyMap<string, readonly string[]>,
): Set<string> {
  const all = new Set(roleIds);
  for (const id of all) for (const next of implied.get(id) ?? []) all.add(next); // a Set's iteration meets what is added
  return all;
}
