import { isoTime } from '#kernel/clock.ts';
import type { Tx } from '#kernel/db/database.ts';
import { newUuid } from '#kernel/ids.ts';
import { RESOURCE_REASON } from '../model/reason.ts';
import type { Resource } from '../model/resource.ts';
import { stateOf, type Stack } from '../model/stack.ts';
import type { EngineDeps } from '../service/deps.ts';
import { eventStore } from '../store/events.ts';
import { hookStore, type Reached } from '../store/hooks.ts';
import { openResource, resourceStore, sealResource } from '../store/resources.ts';
import { signalsOf } from '../store/signals.ts';
import { stackStore } from '../store/stacks.ts';
import type { JsonMap } from '../template/json.ts';
import type { OrchestrationTables } from '../tables.ts';

export type State = Pick<Resource, 'action' | 'status'> & { readonly statusReason?: string };

type At = Omit<Reached, 'resourceId'>;

/**
 * The rows of one stack while a process works on it: read once and written through. Nobody else writes them meanwhile, for one process
 * holds the stack's task. A row that enters a state leaves an event, in the same transaction.
 */
export class Rows {
  readonly #deps: EngineDeps;
  readonly #stack: Stack;
  readonly #rows = new Map<string, Resource>();

  private constructor(deps: EngineDeps, stack: Stack) {
    this.#deps = deps;
    this.#stack = stack;
  }

  static async read(deps: EngineDeps, stack: Stack): Promise<Rows> {
    const rows = new Rows(deps, stack);
    for (const row of await resourceStore.ofStack(deps.database.handle<OrchestrationTables>(), stack.id))
      rows.#rows.set(row.id, await openResource(deps.vault, stack.projectId, row));
    return rows;
  }

  get all(): Resource[] {
    return [...this.#rows.values()];
  }

  get(id: string): Resource {
    const row = this.#rows.get(id);
    if (!row) throw new Error(`The stack ${this.#stack.id} has no row ${id}.`);
    return row;
  }

  /** What the resource that others call so was told, the oldest first; from the database, where others write it. Undefined where nobody is called so. */
  async signals(reference: string): Promise<readonly JsonMap[] | undefined> {
    const row = this.all.find((one) => one.physicalId === reference || one.reference === reference);
    return row && signalsOf(this.#deps, this.#stack.projectId, row.id);
  }

  /** Keeps what is known now. */
  keep(id: string, change: Partial<Resource>): Promise<Resource> {
    return this.#write({ ...this.get(id), ...change });
  }

  /** Writes a row, there or new, of which nobody has to hear. */
  put = (resource: Resource): Promise<Resource> => this.#write(resource);

  /** Says of a row that stays as it is what was in the way of a change. */
  async refuse(resource: Resource, statusReason: string): Promise<void> {
    await this.#deps.database.transaction<OrchestrationTables, void>((tx) =>
      this.#tell(tx, { ...resource, action: 'UPDATE', status: 'FAILED', statusReason }),
    );
    this.#deps.events.publish();
  }

  /** Says once in each change that a resource waits at a hook. */
  async reach(id: string, { reason, ...at }: At & { readonly reason: string }): Promise<void> {
    const { database, events } = this.#deps;
    const reached = { resourceId: id, ...at };
    await database.transaction<OrchestrationTables, void>(async (tx) => {
      if ((await hookStore.isCleared(tx, reached)) !== undefined) return;
      await hookStore.reach(tx, reached);
      await this.#tell(tx, { ...this.get(id), statusReason: reason });
    });
    events.publish();
  }

  async isCleared(id: string, at: At): Promise<boolean> {
    return (await hookStore.isCleared(this.#db, { resourceId: id, ...at })) === true;
  }

  /** Whether something else is wanted of the stack by now. */
  async isSuperseded(traversal: string): Promise<boolean> {
    return (await stackStore.traversal(this.#db, this.#stack.id)) !== traversal;
  }

  /** Brings a row, there or new, into a state; another may change with it. */
  enter(resource: Resource, state: State, beside: readonly Resource[] = []): Promise<Resource> {
    const entered = { ...resource, ...state, statusReason: state.statusReason ?? RESOURCE_REASON };
    return this.#write(entered, { tell: true, beside });
  }

  /** The thing is no more: nor is its row. */
  async forget(id: string): Promise<void> {
    const gone = {
      ...this.get(id),
      action: 'DELETE',
      status: 'COMPLETE',
      statusReason: RESOURCE_REASON,
    } as const;
    const { database, events } = this.#deps;
    await database.transaction<OrchestrationTables, void>(async (tx) => {
      await resourceStore.delete(tx, id);
      await this.#tell(tx, gone);
    });
    this.#rows.delete(id);
    events.publish();
  }

  async #write(
    changed: Resource,
    { tell = false, beside = [] }: { tell?: boolean; beside?: readonly Resource[] } = {},
  ): Promise<Resource> {
    const { database, vault, clock, events } = this.#deps;
    const resource = { ...changed, updatedAt: isoTime(clock.now()) };
    const written = [resource, ...beside];
    const sealed = await Promise.all(written.map((row) => sealResource(vault, this.#stack.projectId, row)));
    await database.transaction<OrchestrationTables, void>(async (tx) => {
      for (const row of sealed) await resourceStore.write(tx, row);
      if (tell) await this.#tell(tx, resource);
    });
    for (const row of written) this.#rows.set(row.id, row);
    if (tell) events.publish();
    return resource;
  }

  get #db() {
    return this.#deps.database.handle<OrchestrationTables>();
  }

  async #tell(tx: Tx<OrchestrationTables>, resource: Resource): Promise<void> {
    const { id, projectId, name } = this.#stack;
    await eventStore.append(tx, {
      id: newUuid(),
      stackId: id,
      resourceName: resource.name,
      resourceType: resource.type,
      physicalId: resource.physicalId,
      action: resource.action,
      status: resource.status,
      statusReason: resource.statusReason,
      at: isoTime(this.#deps.clock.now()),
    });
    await this.#deps.events.append(tx, {
      projectId,
      service: 'orchestration',
      type: 'orchestration.resource.changed',
      resource: id,
      payload: { stack: name, name: resource.name, type: resource.type, state: stateOf(resource) },
    });
  }
}
