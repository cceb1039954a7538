import { projectOf, storeCtx, type Ctx } from '#kernel/context.ts';
import { Changes } from '#kernel/db/changes.ts';
import { badRequest, notFound } from '#kernel/errors.ts';
import { isAtLeast } from '#kernel/microversion.ts';
import { parseSort, type Page } from '#kernel/paging.ts';
import type { ContainerAction } from '../model/action.ts';
import { containerNotFound, type Container, type Resources } from '../model/container.ts';
import { assertWithinQuota } from '../model/quota.ts';
import { readAmount } from '../model/request.ts';
import { assertCan } from '../model/states.ts';
import { flagOf } from '../schema/common.ts';
import type { ListContainersQuery, UpdateContainerBody } from '../schema/container.ts';
import { actionStore } from '../store/actions.ts';
import { containerStore, type ContainerFilter } from '../store/containers.ts';
import { quotaStore } from '../store/quotas.ts';
import { changeContainer, containerEvent, newAction, recordAction } from './changes.ts';
import { startDeletion, withDeletion } from './deletion.ts';
import type { ContainerDeps } from './deps.ts';
import type { ContainerLookup } from './lookup.ts';
import { sendToNode } from './send-to-node.ts';
import type { ContainerTables } from '../tables.ts';

const MAX_LIMIT = 1000;

/** What may be sorted by. Zun's own `id` counts up, so it is the order of creation. */
const SORTABLE = {
  id: 'created_at',
  uuid: 'id',
  name: 'name',
  image: 'image',
  project_id: 'project_id',
  user_id: 'user_id',
  host: 'host',
  status: 'status',
  task_state: 'task_state',
  created_at: 'created_at',
  updated_at: 'updated_at',
};

export interface DeleteOptions {
  readonly force: boolean;
  readonly stop: boolean;
  readonly allProjects: boolean;
}

/** Use-cases on containers as records: list, show, change, delete, and what was done to them. */
export class ContainerService {
  readonly #deps: ContainerDeps;
  readonly #lookup: ContainerLookup;

  constructor(deps: ContainerDeps, lookup: ContainerLookup) {
    this.#deps = deps;
    this.#lookup = lookup;
  }

  async list(ctx: Ctx, query: ListContainersQuery): Promise<Page<Container>> {
    const allProjects = flagOf(query.all_projects);
    if (allProjects) this.#deps.policy.authorize(ctx, 'container:get_all_all_projects');
    if (query.host !== undefined) this.#deps.policy.authorize(ctx, 'container:get_one:host');
    const sort = parseSort([{ key: query.sort_key ?? 'id', direction: query.sort_dir ?? 'asc' }], SORTABLE);
    const marker = query.marker === undefined ? null : await this.#marker(ctx, query.marker, allProjects);
    const limit = Math.min(query.limit ?? MAX_LIMIT, MAX_LIMIT);
    return containerStore.list(this.#db, filterOf(ctx, query, allProjects), { limit, marker, sort });
  }

  get(ctx: Ctx, ref: string, allProjects: boolean): Promise<Container> {
    return this.#lookup.get(ctx, ref, 'container:get_one', allProjects);
  }

  /** Name, healing and limits: these take effect at once, also in what runs. A full node or quota leaves all as it was. */
  async update(
    ctx: Ctx,
    ref: string,
    body: UpdateContainerBody,
    action: 'update' | 'resize_container' = 'update',
  ): Promise<Container> {
    const before = await this.#lookup.get(ctx, ref, `container:${action}`);
    assertCan(action, before);
    const { id, disk } = before;
    const cpu = readAmount('cpu', body.cpu);
    if (cpu !== undefined && before.settings.dedicatedCpus)
      throw badRequest('A container keeps the CPUs that it has to itself; make another one.');
    const memory = readAmount('memory', body.memory);
    const shared = (amount: number) => (before.settings.dedicatedCpus ? 0 : amount);
    const { placement } = this.#deps;
    const claim = (resources: Resources) => placement.resize(ctx, id, resources);
    await claim({ cpu: shared(cpu ?? before.cpu), memory: memory ?? before.memory, disk });
    const after = await this.#change(id, (container) => {
      assertCan(action, container);
      return {
        ...container,
        name: body.name ?? container.name,
        cpu: cpu ?? container.cpu,
        memory: memory ?? container.memory,
        autoHeal: body.auto_heal === undefined ? container.autoHeal : flagOf(body.auto_heal),
        generation: container.generation + 1,
      };
    }).catch(async (thrown: unknown) => {
      await claim({ cpu: shared(before.cpu), memory: before.memory, disk });
      throw thrown;
    });
    if (!after) throw containerNotFound(ref);
    void sendToNode(this.#deps, after);
    return after;
  }

  /** The quota counts what a project has, so more of it must fit. */
  async #change(id: string, change: (container: Container) => Container): Promise<Container | undefined> {
    const { database, identity } = this.#deps;
    const before = await containerStore.find(this.#db, id);
    const given = before ? await identity.limits('container', before.projectId) : {};
    return changeContainer({ database, clock: this.#deps.clock }, id, change, async (tx, after) => {
      const { projectId, name, status } = after;
      Changes.note({ service: 'container', noun: 'container', id, projectId, what: 'updated', name, status });
      if (!before) return;
      const used = await containerStore.usage(tx, after.projectId);
      const more = {
        cpu: Math.max(0, after.cpu - before.cpu),
        memory: Math.max(0, after.memory - before.memory),
      };
      const without = { ...used, cpu: used.cpu - more.cpu, memory: used.memory - more.memory };
      const limits = await quotaStore.limits(tx, after.projectId, given);
      assertWithinQuota(limits, without, { containers: 0, disk: 0, ...more });
    });
  }

  async delete(ctx: Ctx, ref: string, options: DeleteOptions): Promise<void> {
    const { allProjects, force, stop } = options;
    if (allProjects) this.#deps.policy.authorize(ctx, 'container:delete_all_projects');
    const { id } = await this.#lookup.get(ctx, ref, 'container:delete', allProjects);
    this.#assertMayDelete(ctx, options);
    const verb = force ? 'delete_force' : stop ? 'delete_after_stop' : 'delete';
    const stopFirst = stop && !force;
    const marked = await changeContainer(
      this.#deps,
      id,
      (container) => {
        assertCan(verb, container);
        return withDeletion(container, stopFirst && container.status === 'Running');
      },
      async (tx, container) => {
        const stop = stopFirst && container.power.state === 'stopped';
        await startDeletion(this.#deps, tx, container, { ctx: storeCtx(ctx), stop });
        await recordAction(this.#deps, tx, newAction(ctx, container, 'delete'));
        await this.#deps.events.append(tx, containerEvent(container, 'deleting'));
      },
    );
    if (!marked) throw containerNotFound(ref);
    this.#deps.tasks.nudge();
    this.#deps.events.publish();
  }

  #assertMayDelete(ctx: Ctx, { force, stop }: DeleteOptions): void {
    const { policy } = this.#deps;
    if (force && isAtLeast(ctx.microversion, '1.7')) policy.authorize(ctx, 'container:delete_force');
    if (stop && !isAtLeast(ctx.microversion, '1.12'))
      throw badRequest('Invalid param stop because current request version is too low: it needs 1.12.');
    if (stop) policy.authorize(ctx, 'container:stop');
  }

  async listActions(ctx: Ctx, ref: string): Promise<ContainerAction[]> {
    const { id } = await this.#lookup.get(ctx, ref, 'container:actions');
    return actionStore.list(this.#db, id);
  }

  async getAction(ctx: Ctx, ref: string, requestId: string): Promise<ContainerAction> {
    const { id } = await this.#lookup.get(ctx, ref, 'container:actions');
    const action = await actionStore.find(this.#db, id, requestId);
    if (!action) throw notFound(`Action for request_id ${requestId} on container ${id} not found.`);
    return action;
  }

  async #marker(ctx: Ctx, id: string, allProjects: boolean): Promise<string> {
    return (await this.#lookup.get(ctx, id, 'container:get_one', allProjects)).id;
  }

  get #db() {
    return this.#deps.database.handle<ContainerTables>();
  }
}

const filterOf = (ctx: Ctx, query: ListContainersQuery, allProjects: boolean): ContainerFilter => ({
  ...(allProjects ? {} : { projectId: projectOf(ctx) }),
  ...(query.project_id === undefined || !allProjects ? {} : { projectId: query.project_id }),
  ...(query.user_id === undefined ? {} : { userId: query.user_id }),
  ...(query.name === undefined ? {} : { name: query.name }),
  ...(query.image === undefined ? {} : { image: query.image }),
  ...(query.memory === undefined ? {} : { memory: Number(query.memory) }),
  ...(query.host === undefined ? {} : { host: query.host }),
  ...(query.task_state === undefined ? {} : { taskState: query.task_state }),
  ...(query.status === undefined ? {} : { status: query.status }),
  ...(query.auto_remove === undefined ? {} : { autoRemove: flagOf(query.auto_remove) }),
});
