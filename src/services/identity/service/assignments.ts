import type { Ctx } from '#kernel/context.ts';
import { SYSTEM, withImplied, type Assignment, type Role } from '../model/role.ts';
import type { Project } from '../model/project.ts';
import type { Group, User } from '../model/user.ts';
import { projectStore } from '../store/projects.ts';
import { assignmentStore, roleStore, type AssignmentFilter } from '../store/roles.ts';
import { groupStore, userStore } from '../store/users.ts';
import { handleOf, type IdentityDeps } from './deps.ts';

export interface AssignmentQuery extends AssignmentFilter {
  /** Groups as their users, implied roles in place of a domain's own, inherited ones on the projects they reach. */
  readonly effective: boolean;
}

/** An assignment that came about through a group. */
export type ListedAssignment = Assignment & { readonly viaGroup?: string };

/** What assignments name, for views with names. */
export interface Names {
  readonly roles: ReadonlyMap<string, Role>;
  readonly users: ReadonlyMap<string, User>;
  readonly groups: ReadonlyMap<string, Group>;
  readonly projects: ReadonlyMap<string, Project>;
}

/** Who has which role where, as given or as it takes effect. */
export class AssignmentService {
  readonly #deps: IdentityDeps;

  constructor(deps: IdentityDeps) {
    this.#deps = deps;
  }

  async list(_ctx: Ctx, { effective, ...filter }: AssignmentQuery): Promise<ListedAssignment[]> {
    if (!effective) return assignmentStore.list(this.#db, filter);
    const all = await assignmentStore.list(this.#db, {});
    const expanded = await this.#throughGroups(await this.#inherited(await this.#implied(all)));
    return expanded.filter((one) => matches(one, filter));
  }

  async names(): Promise<Names> {
    const [roles, users, groups, projects, domains] = await Promise.all([
      roleStore.list(this.#db, {}),
      userStore.list(this.#db, {}),
      groupStore.list(this.#db, {}),
      projectStore.list(this.#db, { isDomain: false }),
      projectStore.list(this.#db, { isDomain: true }),
    ]);
    return {
      roles: byId(roles),
      users: byId(users),
      groups: byId(groups),
      projects: byId([...projects, ...domains]),
    };
  }

  async #implied(assignments: readonly Assignment[]): Promise<Assignment[]> {
    const implied = await roleStore.implications(this.#db);
    const global = new Set((await roleStore.list(this.#db, { domainId: null })).map((role) => role.id));
    return assignments.flatMap((one) =>
      [...withImplied([one.roleId], implied)]
        .filter((roleId) => global.has(roleId))
        .map((roleId) => ({ ...one, roleId })),
    );
  }

  async #inherited(assignments: readonly Assignment[]): Promise<Assignment[]> {
    if (!assignments.some((one) => one.inherited)) return [...assignments];
    const projects = await projectStore.list(this.#db, { isDomain: false });
    const parents = new Map(projects.map((project) => [project.id, project.parentId]));
    const isBelow = (id: string, top: string): boolean => {
      for (let parent = parents.get(id); parent !== undefined; parent = parents.get(parent))
        if (parent === top) return true;
      return false;
    };
    return assignments.flatMap((one) => {
      if (!one.inherited) return [one];
      const reached = projects.filter((project) => isBelow(project.id, one.targetId));
      return reached.map((project): Assignment => ({
        ...one,
        targetKind: 'project',
        targetId: project.id,
        inherited: false,
      }));
    });
  }

  async #throughGroups(assignments: readonly Assignment[]): Promise<ListedAssignment[]> {
    const members = new Map<string, User[]>();
    for (const { actorKind, actorId } of assignments) {
      if (actorKind === 'group' && !members.has(actorId))
        members.set(actorId, await userStore.list(this.#db, { groupId: actorId }));
    }
    return assignments.flatMap((one): ListedAssignment[] =>
      one.actorKind === 'user'
        ? [one]
        : (members.get(one.actorId) ?? []).map((user) => ({
            ...one,
            actorKind: 'user',
            actorId: user.id,
            viaGroup: one.actorId,
          })),
    );
  }

  get #db() {
    return handleOf(this.#deps);
  }
}

export const systemTarget = { targetKind: 'system', targetId: SYSTEM } as const;

const byId = <T extends { readonly id: string }>(items: readonly T[]) =>
  new Map(items.map((item) => [item.id, item]));

const matches = (one: Assignment, filter: AssignmentFilter): boolean =>
  Object.entries(filter).every(([key, value]) => one[key as keyof AssignmentFilter] === value);
