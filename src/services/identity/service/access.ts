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

/** The given roles and what they imply. */
export async function expand(db: Executor, roleIds: readonly string[]): Promise<Role[]> {
  if (roleIds.length === 0) return [];
  const ids = withImplied(roleIds, await roleStore.implications(db));
  return (await roleStore.list(db, {})).filter((role) => ids.has(role.id));
}

/** Projects in which the user has any role, inherited ones included. */
export async function projectsOfUser(db: Executor, userId: string): Promise<Project[]> {
  const assignments = await assignmentStore.ofUser(db, userId);
  const direct = assignments
    .filter((one) => one.targetKind === 'project' && !one.inherited)
    .map((one) => one.targetId);
  const above = assignments.filter((one) => one.inherited).map((one) => one.targetId);
  const below = above.length === 0 ? [] : await descendants(db, above);
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
  const ancestors = new Set(inherits ? await ancestorIds(db, scope.id) : []);
  return (one) =>
    one.inherited ? ancestors.has(one.targetId) : one.targetKind === scope.kind && one.targetId === scope.id;
}

/** Parent first, the domain last. */
async function ancestorIds(db: Executor, projectId: string): Promise<string[]> {
  const ids: string[] = [];
  for (let project = await projectStore.find(db, projectId); project && project.parentId !== '';) {
    ids.push(project.parentId);
    project = await projectStore.find(db, project.parentId);
  }
  return ids;
}

async function descendants(db: Executor, ids: readonly string[]): Promise<string[]> {
  const all = await projectStore.list(db, { isDomain: false });
  const found = new Set(ids);
  // Parents come before children only by chance: repeat until nothing is added.
  for (let size = -1; size !== found.size;) {
    size = found.size;
    for (const project of all)
      if (found.has(project.parentId) || found.has(project.domainId)) found.add(project.id);
  }
  return all.map((project) => project.id).filter((id) => found.has(id));
}
