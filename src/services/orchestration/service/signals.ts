import { isoTime } from '#kernel/clock.ts';
import type { Ctx } from '#kernel/context.ts';
import type { Tx } from '#kernel/db/database.ts';
import { badRequest, forbidden, notFound } from '#kernel/errors.ts';
import { newUuid } from '#kernel/ids.ts';
import { Rows } from '../engine/rows.ts';
import { typeOfRow } from '../engine/types.ts';
import type { StackEvent } from '../model/event.ts';
import type { Resource } from '../model/resource.ts';
import { isStackUser, tellersOf, type Teller } from '../model/stack-user.ts';
import type { Stack } from '../model/stack.ts';
import { iamUser } from '../resources/aws/iam.ts';
import type { Adjustment } from '../resources/groups/capacity.ts';
import type { ResourceRun } from '../resources/resource-type.ts';
import { eventStore } from '../store/events.ts';
import { hookStore } from '../store/hooks.ts';
import { openKept, resourceStore, sealKept } from '../store/resources.ts';
import { sealSignal, signalStore } from '../store/signals.ts';
import type { OrchestrationTables } from '../tables.ts';
import { jsonText, type Json, type JsonMap } from '../template/json.ts';
import { HOOKS } from '../template/registry.ts';
import { assertAtRest } from './begin.ts';
import { BegunStack } from './begun-stack.ts';
import type { OrchestrationDeps } from './deps.ts';
import { askingRun } from './live.ts';
import { resourceNotFound, type ResourceService } from './resources.ts';

interface Telling {
  readonly stack: Stack;
  readonly resource: string;
  readonly details: JsonMap;
}

interface Told extends Pick<StackEvent, 'action' | 'status' | 'at'> {
  readonly stack: Stack;
  readonly row: Resource;
  readonly reason: string;
}

const wrongHook = (message: string) => badRequest(message, { code: 'InvalidBreakPointHook' });

/** What somebody tells resources. */
export class SignalService {
  readonly #deps: OrchestrationDeps;
  readonly #resources: ResourceService;

  constructor(deps: OrchestrationDeps, resources: ResourceService) {
    this.#deps = deps;
    this.#resources = resources;
  }

  /** Its type decides what it means; all who wait for the stack hear of it. @throws CloudError `bad-request` */
  async tell(ctx: Ctx, telling: Telling): Promise<void> {
    const { stack, resource, details } = isStackUser(ctx) ? await this.#own(ctx, telling) : telling;
    if (details['unset_hook'] !== undefined) return this.#unsetHook(stack, resource, details['unset_hook']);
    const row = await this.#resources.open(stack, resource);
    const type = typeOfRow(this.#deps.types, row);
    if (!type?.alwaysListens && (stack.action === 'DELETE' || stack.action === 'SUSPEND'))
      throw badRequest(`Cannot signal resource during ${stack.action}`, { code: 'NotSupported' });
    if (!type?.signal)
      throw badRequest(`Signal action is not supported for resource ${resource}.`, {
        code: 'ResourceActionNotSupported',
      });
    const reason = await type.signal(this.#run(ctx, stack, row), details);
    const at = isoTime(this.#deps.clock.now());
    const kept = type.keepsSignals
      ? await sealSignal(this.#deps.vault, stack.projectId, { resourceId: row.id, details, at })
      : undefined;
    await this.#deps.database.transaction<OrchestrationTables, void>(async (tx) => {
      if (kept) await signalStore.insert(tx, kept);
      await this.#told(tx, { stack, row, reason, at, action: 'SIGNAL', status: 'COMPLETE' });
    });
    this.#deps.events.publish();
  }

  /** Users whom a stack made tell the resource that knows them, and clear no hooks. @throws CloudError `not-found`, `forbidden` */
  async #own(ctx: Ctx, { stack, resource, details }: Telling): Promise<Telling> {
    const row = await this.#resources.open(stack, resource);
    const its = Object.values(tellersOf(row)).find(({ id }) => id === ctx.user.id);
    const teller = its ?? (await this.#userOf(ctx, stack, resource));
    if (!teller) throw resourceNotFound(stack, resource);
    if (details['unset_hook'] !== undefined) throw forbidden('Users whom a stack made clear no hooks.');
    return { stack, resource, details: { ...details, ...teller.tells } };
  }

  /** A user of the stack, where that one may tell the resource. */
  async #userOf(ctx: Ctx, stack: Stack, resource: string): Promise<Teller | undefined> {
    const { all } = await Rows.read(this.#deps, stack);
    const users = all.flatMap((row) => (row.madeBy === iamUser.name ? Object.values(tellersOf(row)) : []));
    const user = users.find(({ id }) => id === ctx.user.id);
    return user && (user.about ?? [resource]).includes(resource) ? user : undefined;
  }

  /** What waits at the hook goes on, in whatever state its stack is. @throws CloudError `bad-request` where nothing waits */
  async #unsetHook(stack: Stack, resource: string, given: Json): Promise<void> {
    const hook = HOOKS.find((one) => one === given);
    if (!hook) throw wrongHook(`Invalid hook type "${jsonText(given)}" for ${resource}`);
    const row = await this.#resources.open(stack, resource);
    const { action, status } = row;
    const at = isoTime(this.#deps.clock.now());
    await this.#deps.database.transaction<OrchestrationTables, void>(async (tx) => {
      if (!(await hookStore.clear(tx, { resourceId: row.id, hook })))
        throw wrongHook(`The "${hook}" hook is not defined on ${resource}`);
      await this.#told(tx, { stack, row, reason: `Hook ${hook} is cleared`, at, action, status });
    });
    this.#deps.events.publish();
  }

  /** A resource that is said to be unhealthy is replaced by the next change. @throws CloudError `conflict` while one is under way */
  async mark(
    stack: Stack,
    name: string,
    { unhealthy, reason }: { readonly unhealthy: boolean; readonly reason: string },
  ): Promise<void> {
    assertAtRest(stack);
    const rows = await Rows.read(this.#deps, stack);
    const row = rows.all.find((one) => one.name === name && one.replacedBy === null);
    if (!row) throw resourceNotFound(stack, name);
    const isMarked = row.action === 'CHECK' && row.status === 'FAILED';
    if (!unhealthy && !isMarked) return;
    await rows.enter(row, {
      action: 'CHECK',
      status: unhealthy ? 'FAILED' : 'COMPLETE',
      statusReason: reason || 'state changed by resource_mark_unhealthy api',
    });
  }

  /** What a signal may do: keep facts, and begin changes of groups. */
  #run(ctx: Ctx, stack: Stack, row: Resource): ResourceRun {
    return {
      ...askingRun(this.#deps, { stack, row, actor: stack.actor, signal: ctx.signal }),
      nested: new BegunStack(this.#deps, { ctx, stack, row }),
      keep: (data) => this.#keep(stack, row.id, data),
      adjust: (group, adjustment) => this.#adjust(ctx, stack, { group, adjustment }),
    };
  }

  async #adjust(
    ctx: Ctx,
    stack: Stack,
    { group, adjustment }: { readonly group: string; readonly adjustment: Adjustment },
  ): Promise<boolean> {
    const { all } = await Rows.read(this.#deps, stack);
    const row = all.find((one) => one.replacedBy === null && [one.reference, one.physicalId].includes(group));
    const type = row && typeOfRow(this.#deps.types, row);
    if (!row || !type?.adjust)
      throw notFound(`There is no scaling group ${group} in the stack ${stack.name}.`);
    return type.adjust(this.#run(ctx, stack, row), adjustment);
  }

  /** Beside what the engine, which may be at work on the row, knows of it. */
  async #keep({ projectId }: Stack, id: string, data: JsonMap): Promise<void> {
    const { database, vault } = this.#deps;
    const row = await resourceStore.get(database.handle<OrchestrationTables>(), id);
    if (!row) return;
    const kept = { ...(await openKept(vault, projectId, row)), ...data };
    const sealed = await sealKept(vault, projectId, id, kept);
    await database.transaction<OrchestrationTables, void>((tx) => resourceStore.keep(tx, id, sealed));
  }

  async #told(tx: Tx<OrchestrationTables>, { stack, row, reason, ...when }: Told): Promise<void> {
    await eventStore.append(tx, {
      id: newUuid(),
      stackId: stack.id,
      resourceName: row.name,
      resourceType: row.type,
      physicalId: row.physicalId,
      statusReason: reason,
      ...when,
    });
    await this.#deps.events.append(tx, {
      projectId: stack.projectId,
      service: 'orchestration',
      type: 'orchestration.resource.signaled',
      resource: stack.id,
      payload: { stack: stack.name, name: row.name, type: row.type },
    });
  }
}
