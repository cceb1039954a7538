import type { Ctx } from '#kernel/context.ts';
import { badRequest } from '#kernel/errors.ts';
import type { Page } from '#kernel/paging.ts';
import {
  SYSTEM,
  withImplied,
  type ActorKind,
  type Assignment,
  type Role,
  type TargetKind,
} from '../model/role.ts';
import type { Project } from '../model/project.ts';
import type { Group, User } from '../model/user.ts';
import { projectStore } from '../store/projects.ts';
import { assignmentStore, roleStore, type AssignmentFilter, type AssignmentPart } from '../store/roles.ts';
import { groupStore, userStore } from '../store/users.ts';
import { handleOf, type IdentityDeps } from './deps.ts';
import type { PageQuery } from './paging.ts';

export interface AssignmentQuery extends AssignmentFilter {
  /** Groups as their users, implied roles in place of a domain's own, inherited ones on the projects they reach. */
  readonly effective: boolean;
  /** Also what is assigned on the projects below the one asked for. */
  readonly subtree: boolean;
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

  async list(_ctx: Ctx, query: AssignmentQuery, page: PageQuery): Promise<Page<ListedAssignment>> {
    const { effective, subtree, ...filter } = query;
    const targets = subtree ? await this.#subtreeOf(filter) : null;
    if (!effective) return this.#givenPage({ ...filter, ...(targets ? { targetId: targets } : {}) }, page);
    const isNarrow = filter.actorKind !== undefined || filter.targetId !== undefined;
    if (isNarrow || !page.limit) return pageOf(await this.#effective(filter, targets), page);
    return this.#effectivePage(filter, { ...page, limit: page.limit });
  }

  async #givenPage(filter: AssignmentFilter, { limit, marker }: PageQuery): Promise<Page<Assignment>> {
    if (!limit) return { items: await assignmentStore.list(this.#db, filter), next: null };
    const after = marker === undefined ? undefined : assignmentAt(marker);
    const found = await assignmentStore.list(this.#db, filter, { after, limit: limit + 1 });
    const items = found.slice(0, limit);
    const last = items.at(-1);
    return { items, next: last && found.length > limit ? keyOf(last) : null };
  }

  /** Reads as many as make a page. Its marker: the last one that was given, and how much of what came of that is seen. */
  async #effectivePage(
    query: AssignmentFilter,
    { limit, marker }: { readonly limit: number; readonly marker?: string },
  ): Promise<Page<ListedAssignment>> {
    const { inherited: _, ...filter } = query;
    const from = marker === undefined ? undefined : assignmentAt(marker);
    const seen = Number(marker?.split('.').at(-1) ?? 0);
    const found: (ListedAssignment & { readonly source: Assignment })[] = [];
    for (let part: AssignmentPart | null = { from, limit }; part && found.length <= seen + limit;) {
      const given: Assignment[] = await assignmentStore.list(this.#db, {}, part);
      const traced = given.map((source) => ({ ...source, source }));
      found.push(...(await this.#reach(traced, null)).filter((one) => matches(one, filter)));
      part = given.length < limit ? null : { after: given.at(-1), limit };
    }
    const isSeen = (one: { readonly source: Assignment }) => from && keyOf(one.source) === keyOf(from);
    const start = Math.min(seen, found.filter(isSeen).length);
    const shown = found.slice(0, start + limit);
    const source = shown.at(-1)?.source;
    const count = shown.filter((one) => one.source === source).length;
    const next = source && found.length > shown.length ? `${keyOf(source)}.${count}` : null;
    return { items: shown.slice(start), next };
  }

  async names(assignments: readonly ListedAssignment[]): Promise<Names> {
    const idsOf = (key: 'actorId' | 'targetId', kinds: readonly string[]) => [
      ...new Set(
        assignments
          .filter((one) => kinds.includes(key === 'actorId' ? one.actorKind : one.targetKind))
          .map((one) => one[key]),
      ),
    ];
    const [roles, users, groups, projects] = [
      await roleStore.list(this.#db, {}),
      await inChunks(idsOf('actorId', ['user']), (ids) => userStore.findMany(this.#db, ids)),
      await inChunks(idsOf('actorId', ['group']), (ids) => groupStore.findMany(this.#db, ids)),
      await inChunks(idsOf('targetId', ['project', 'domain']), (ids) => projectStore.findMany(this.#db, ids)),
    ];
    const domains = new Set([...users, ...groups, ...projects, ...roles].map((one) => one.domainId ?? ''));
    const more = await inChunks([...domains], (ids) => projectStore.findMany(this.#db, ids));
    return {
      roles: byId(roles),
      users: byId(users),
      groups: byId(groups),
      projects: byId([...projects, ...more]),
    };
  }

  /** Only what can matter is read: the user's own, or what lies on the target and above it. */
  async #effective(filter: AssignmentFilter, subtree: readonly string[] | null): Promise<ListedAssignment[]> {
    const { actorKind, actorId, targetId, inherited: _, ...rest } = filter;
    if (actorKind === 'group')
      throw badRequest('Combining effective and group filter will always result in an empty list.');
    const targets = subtree ?? (typeof targetId === 'string' ? [targetId] : null);
    const given =
      actorId === undefined ? await this.#givenAt(targets) : await assignmentStore.ofUser(this.#db, actorId);
    const people = await this.#reach(given, targets);
    return people.filter((one) => (actorId === undefined || one.actorId === actorId) && matches(one, rest));
  }

  /** What comes of them, on these targets, for users. */
  async #reach<T extends Assignment>(
    given: readonly T[],
    targets: readonly string[] | null,
  ): Promise<(T & ListedAssignment)[]> {
    const reached = await this.#inherited(await this.#implied(given), targets);
    return this.#throughGroups(reached.filter((one) => targets === null || targets.includes(one.targetId)));
  }

  async #givenAt(targets: readonly string[] | null): Promise<Assignment[]> {
    if (targets === null) return assignmentStore.list(this.#db, {});
    const projects = await projectStore.findMany(this.#db, targets);
    const above = await Promise.all(projects.map((project) => projectStore.ancestors(this.#db, project)));
    const ids = new Set([...targets, ...above.flat().map((project) => project.id)]);
    return inChunks([...ids], (part) => assignmentStore.list(this.#db, { targetId: part }));
  }

  /** The project asked for and all below it. @throws CloudError `bad-request` when none is. */
  async #subtreeOf({ targetKind, targetId }: AssignmentFilter): Promise<readonly string[]> {
    if (targetKind !== 'project' || typeof targetId !== 'string')
      throw badRequest('scope.project.id must be specified if include_subtree is also specified.');
    const below = await projectStore.descendants(this.#db, [targetId]);
    return [targetId, ...below.map((project) => project.id)];
  }

  async #implied<T extends Assignment>(assignments: readonly T[]): Promise<T[]> {
    const implied = await roleStore.implications(this.#db);
    const global = new Set((await roleStore.list(this.#db, { domainId: null })).map((role) => role.id));
    return assignments.flatMap((one) =>
      [...withImplied([one.roleId], implied)]
        .filter((roleId) => global.has(roleId))
        .map((roleId) => ({ ...one, roleId })),
    );
  }

  async #inherited<T extends Assignment>(
    assignments: readonly T[],
    targets: readonly string[] | null,
  ): Promise<T[]> {
    const tops = [...new Set(assignments.filter((one) => one.inherited).map((one) => one.targetId))];
    const below = new Map<string, string[]>();
    for (const top of tops)
      below.set(
        top,
        (await projectStore.descendants(this.#db, [top]))
          .map((project) => project.id)
          .filter((id) => targets === null || targets.includes(id)),
      );
    return assignments.flatMap((one) => {
      if (!one.inherited) return [one];
      return (below.get(one.targetId) ?? []).map((targetId): T => ({
        ...one,
        targetKind: 'project',
        targetId,
        inherited: false,
      }));
    });
  }

  async #throughGroups<T extends Assignment>(assignments: readonly T[]): Promise<(T & ListedAssignment)[]> {
    const groupIds = [
      ...new Set(assignments.filter((one) => one.actorKind === 'group').map((one) => one.actorId)),
    ];
    const members = await groupStore.membersOf(this.#db, groupIds);
    return assignments.flatMap((one): (T & ListedAssignment)[] =>
      one.actorKind === 'user'
        ? [one]
        : (members.get(one.actorId) ?? []).map((actorId) => ({
            ...one,
            actorKind: 'user',
            actorId,
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

/** As many ids as one statement takes on every database. */
async function inChunks<T>(
  ids: readonly string[],
  find: (part: readonly string[]) => Promise<readonly T[]>,
): Promise<T[]> {
  const found: T[] = [];
  for (let at = 0; at < ids.length; at += 500) found.push(...(await find(ids.slice(at, at + 500))));
  return found;
}

/** Assignments have no id: the marker is all that one says. */
function pageOf(all: readonly ListedAssignment[], { limit, marker }: PageQuery): Page<ListedAssignment> {
  if (!limit) return { items: all, next: null };
  const start = marker === undefined ? 0 : all.findIndex((one) => keyOf(one) === marker) + 1;
  const items = all.slice(start, start + limit);
  const last = items.at(-1);
  return { items, next: last && start + limit < all.length ? keyOf(last) : null };
}

const keyOf = ({ actorKind, actorId, targetKind, targetId, roleId, ...one }: ListedAssignment): string =>
  [actorKind, actorId, targetKind, targetId, roleId, Number(one.inherited), one.viaGroup ?? []]
    .flat()
    .join('.');

/** What a marker stands for; it need not be there any more. @throws CloudError `bad-request` */
function assignmentAt(marker: string): Assignment {
  const parts = marker.split('.') as [ActorKind, string, TargetKind, string, string, string];
  const [actorKind, actorId, targetKind, targetId, roleId, inherited] = parts;
  if (parts.length < 6) throw badRequest(`Marker ${marker} could not be found.`);
  return { actorKind, actorId, targetKind, targetId, roleId, inherited: inherited === '1' };
}
