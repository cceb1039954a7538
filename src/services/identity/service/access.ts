import type { Db } from '#kernel/db/database.ts';
import { SYSTEM, withImplied, type Assignment, type Role } from '../model/role.ts';
import type { Project } from '../model/project.ts';
import { projectStore } from '../store/projects.ts';
import { assignmentStore, roleStore } from '../store/roles.ts';
import type { IdentityTables } from '../tables.ts';
import type { TokenScope } from '../tokens/codec.ts';

type Executor = Db<IdentityTables>;

/** Which roles somebody has, implied and inherited ones included. */
export async function effectiveRoles(db: Executor, userId: string, scope: TokenScope): Promise<Role[]> {
  if (scope.kind === 'unscoped') return [];
  const assignments = await assignmentStore.ofUser(db, userId);
  const applies = await applicability(db, scope, assignments);
  return expand(
    db,
    assignments.filter(applies).map((assignment) => assignment.roleId),
  );
}

/** The given roles and what they imply. Roles of a domain only imply: by name they would be taken for the cloud's own. */
export async function expand(db: Executor, roleIds: readonly string[]): Promise<Role[]> {
  if (roleIds.length === 0) return [];
  const ids = withImplied(roleIds, await roleStore.implications(db));
  return (await roleStore.list(db, { domainId: null })).filter((role) => ids.has(role.id));
}

/** Projects in which the user has any role, inherited ones included. */
export async function projectsOfUser(db: Executor, userId: string): Promise<Project[]> {
  const assignments = await assignmentStore.ofUser(db, userId);
  const direct = assignments
    .filter((one) => one.targetKind === 'project' && !one.inherited)
    .map((one) => one.targetId);
  const above = assignments.filter((one) => one.inherited).map((one) => one.targetId);
  const below = (await projectStore.descendants(db, above)).map((project) => project.id);
  return projectStore.findMany(db, [...new Set([...direct, ...below])]);
}

export async function domainsOfUser(db: Executor, userId: string): Promise<Project[]> {
  const assignments = await assignmentStore.ofUser(db, userId);
  const ids = assignments
    .filter((one) => one.targetKind === 'domain' && !one.inherited)
    .map((one) => one.targetId);
  return projectStore.findMany(db, [...new Set(ids)]);
}

async function applicability(
  db: Executor,
  scope: Exclude<TokenScope, { kind: 'unscoped' }>,
  assignments: readonly Assignment[],
): Promise<(assignment: Assignment) => boolean> {
  if (scope.kind === 'system') return (one) => one.targetKind === 'system' && one.targetId === SYSTEM;
  const inherits = scope.kind === 'project' && assignments.some((one) => one.inherited);
  const project = inherits ? await projectStore.find(db, scope.id) : undefined;
  const above = project ? await projectStore.ancestors(db, project) : [];
  const ancestors = new Set(above.map(({ id }) => id));
  return (one) =>
    one.inherited ? ancestors.has(one.targetId) : one.targetKind === scope.kind && one.targetId === scope.id;
}
