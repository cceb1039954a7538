import { projectOf, storeCtx, type Ctx } from '#kernel/context.ts';
import { isoTime } from '#kernel/clock.ts';
import { isUuid } from '#kernel/ids.ts';
import { parseSort, type Page } from '#kernel/paging.ts';
import {
  capsuleAmbiguous,
  capsuleNotFound,
  capsuleTarget,
  inOrder,
  type Capsule,
  type CapsuleWithMembers,
} from '../model/capsule.ts';
import type { ListCapsulesQuery } from '../schema/capsule.ts';
import { flagOf } from '../schema/common.ts';
import { capsuleStore } from '../store/capsules.ts';
import { containerStore } from '../store/containers.ts';
import type { ContainerTables } from '../tables.ts';
import { DELETE_CAPSULE } from '../tasks/delete-capsule.ts';
import { capsuleEvent } from './capsule-changes.ts';
import type { ContainerDeps } from './deps.ts';

const MAX_LIMIT = 1000;

/** What may be sorted by. Zun's own `id` counts up, so it is the order of creation. */
const SORTABLE = {
  id: 'created_at',
  uuid: 'id',
  name: 'name',
  project_id: 'project_id',
  user_id: 'user_id',
  host: 'host',
  created_at: 'created_at',
  updated_at: 'updated_at',
};

/** Use-cases on capsules: list, show, delete. */
export class CapsuleService {
  readonly #deps: ContainerDeps;

  constructor(deps: ContainerDeps) {
    this.#deps = deps;
  }

  async list(ctx: Ctx, query: ListCapsulesQuery): Promise<Page<CapsuleWithMembers>> {
    const allProjects = flagOf(query.all_projects);
    if (allProjects) this.#deps.policy.authorize(ctx, 'capsule:get_all_all_projects');
    const sort = parseSort([{ key: query.sort_key ?? 'id', direction: query.sort_dir ?? 'asc' }], SORTABLE);
    const marker =
      query.marker === undefined
        ? null
        : (await this.#find(ctx, query.marker, { rule: 'capsule:get', allProjects })).id;
    const limit = Math.min(query.limit ?? MAX_LIMIT, MAX_LIMIT);
    const project = allProjects ? null : projectOf(ctx);
    const { items, next } = await capsuleStore.list(this.#db, project, { limit, marker, sort });
    return { items: await this.#withMembers(items), next };
  }

  async get(ctx: Ctx, ref: string, allProjects: boolean): Promise<CapsuleWithMembers> {
    if (allProjects) this.#deps.policy.authorize(ctx, 'capsule:get_one_all_projects');
    const capsule = await this.#find(ctx, ref, { rule: 'capsule:get', allProjects });
    const [whole] = await this.#withMembers([capsule]);
    if (!whole) throw capsuleNotFound(ref);
    return whole;
  }

  /** From every state. It ends whatever else goes on with the capsule. */
  async delete(ctx: Ctx, ref: string, allProjects: boolean): Promise<void> {
    const { database, policy, tasks, events, clock } = this.#deps;
    if (allProjects) policy.authorize(ctx, 'capsule:delete_all_projects');
    const { id } = await this.#find(ctx, ref, { rule: 'capsule:delete', allProjects });
    await database.transaction<ContainerTables, void>(async (tx) => {
      const before = await capsuleStore.find(tx, id);
      if (!before) throw capsuleNotFound(ref);
      const after: Capsule = {
        ...before,
        phase: 'deleting',
        reason: null,
        updatedAt: isoTime(clock.now()),
      };
      if (!(await capsuleStore.replace(tx, before, after))) throw capsuleNotFound(ref);
      await tasks.start(tx, {
        kind: DELETE_CAPSULE,
        target: capsuleTarget(id),
        projectId: before.projectId,
        ctx: storeCtx(ctx),
        input: { id },
        whenBusy: 'cancel',
      });
      await events.append(tx, capsuleEvent(after, 'deleting'));
    });
    tasks.nudge();
    events.publish();
  }

  /** By id, or by name in the caller's project (`allProjects`: in any). */
  async #find(
    ctx: Ctx,
    ref: string,
    { rule, allProjects }: { readonly rule: string; readonly allProjects: boolean },
  ): Promise<Capsule> {
    const capsule = await this.#lookUp(ref, allProjects ? null : projectOf(ctx));
    if (!capsule) throw capsuleNotFound(ref);
    const target = { project_id: capsule.projectId, user_id: capsule.userId };
    this.#deps.policy.authorizeVisible(ctx, rule, target, () => capsuleNotFound(ref));
    return capsule;
  }

  async #lookUp(ref: string, projectId: string | null): Promise<Capsule | undefined> {
    const byId = isUuid(ref) ? await capsuleStore.find(this.#db, ref) : undefined;
    if (byId) return byId;
    const named = await capsuleStore.findByName(this.#db, ref, projectId);
    if (named.length > 1) throw capsuleAmbiguous(ref);
    return named[0];
  }

  /** One more query for any number. */
  async #withMembers(capsules: readonly Capsule[]): Promise<CapsuleWithMembers[]> {
    const ids = capsules.map(({ id }) => id);
    const members = await containerStore.listMembers(this.#db, ids);
    const byCapsule = Map.groupBy(members, ({ settings }) => settings.member?.capsuleId);
    return capsules.map((capsule) => ({ capsule, members: inOrder(byCapsule.get(capsule.id) ?? []) }));
  }

  get #db() {
    return this.#deps.database.handle<ContainerTables>();
  }
}
