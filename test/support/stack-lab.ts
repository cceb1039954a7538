import { systemCtx, type Ctx } from '#kernel/context.ts';
import type { Database } from '#kernel/db/database.ts';
import { EventLog } from '#kernel/events/event-log.ts';
import { init as createEvents } from '#kernel/events/migrations/0001-init.ts';
import { CloudError } from '#kernel/errors.ts';
import { silentLogger } from '#kernel/log.ts';
import { Policy } from '#kernel/policy/policy.ts';
import { init as createTasks } from '#kernel/tasks/migrations/0001-init.ts';
import { TaskRunner } from '#kernel/tasks/runner.ts';
import type { TaskKind } from '#kernel/tasks/task.ts';
import { createVault } from '#kernel/vault/migrations/0001-vault.ts';
import { EnvelopeVault } from '#kernel/vault/vault.ts';
import { orchestrationMigrations } from '#services/orchestration/index.ts';
import type { Resource } from '#services/orchestration/model/resource.ts';
import { stackTarget, type Recipe, type Stack } from '#services/orchestration/model/stack.ts';
import { orchestrationPolicy } from '#services/orchestration/policy.ts';
import { resourceGroup } from '#services/orchestration/resources/groups/resource-group.ts';
import { heatTypes } from '#services/orchestration/resources/heat/types.ts';
import { ResourceTypes } from '#services/orchestration/resources/registry.ts';
import { StackActions, type Action } from '#services/orchestration/service/actions.ts';
import type { EngineDeps, OrchestrationDeps } from '#services/orchestration/service/deps.ts';
import { StackService } from '#services/orchestration/service/stacks.ts';
import { openResource, resourceStore } from '#services/orchestration/store/resources.ts';
import { stackStore } from '#services/orchestration/store/stacks.ts';
import type { OrchestrationTables } from '#services/orchestration/tables.ts';
import { convergeStack } from '#services/orchestration/tasks/converge-stack.ts';
import { HastyClock } from './hasty-clock.ts';
import { Life } from './life.ts';
import { Outside, thingTypes } from './stack-outside.ts';

export const STACK_SCHEMAS = [
  { name: 'tasks', migrations: [createTasks] },
  { name: 'events', migrations: [createEvents] },
  { name: 'vault', migrations: [createVault] },
  { name: 'orchestration', migrations: orchestrationMigrations },
];

/** What somebody wants a stack to be. */
export interface Wanted {
  readonly recipe: Recipe;
  readonly disableRollback?: boolean;
}

/** No stack of a test runs out of time. */
const A_CENTURY = 100 * 366 * 24 * 60;

/** One stack of one project, whose process may end at any moment; another one goes on then. */
export class StackLab {
  readonly outside = new Outside();
  readonly #database: Database;
  readonly #project: string;
  readonly #clock = new HastyClock();
  readonly #vault: EnvelopeVault;
  #process: StackProcess;
  #id = '';

  /** @param project of which it is the only stack */
  constructor(database: Database, project = 'p1') {
    this.#database = database;
    this.#project = project;
    this.#vault = new EnvelopeVault({ database, masterKeys: [Buffer.alloc(32, 1)] });
    this.#process = this.#newProcess();
  }

  /** The process now. */
  get life(): Life {
    return this.#process.life;
  }

  get engine(): EngineDeps {
    return this.#process.deps;
  }

  /** By whom it is asked for; by default by this lab's process. */
  async create(wanted: Wanted, tasks: TaskRunner = this.#process.runner): Promise<string> {
    const stack = await this.#service(tasks).create(this.#ctx, { name: 'one', ...draftOf(wanted) });
    this.#id = stack.id;
    return stackTarget(stack);
  }

  async update(wanted: Wanted, tasks: TaskRunner = this.#process.runner): Promise<string> {
    const stack = await this.stack();
    await this.#service(tasks).update(this.#ctx, stack, { ...draftOf(wanted), name: '' });
    return stackTarget(stack);
  }

  async delete(tasks: TaskRunner = this.#process.runner): Promise<string> {
    const stack = await this.stack();
    await this.#service(tasks).delete(this.#ctx, stack);
    return stackTarget(stack);
  }

  async act(action: Action, tasks: TaskRunner = this.#process.runner): Promise<string> {
    const stack = await this.stack();
    await new StackActions(this.#depsOf(tasks)).act(this.#ctx, stack, action);
    return stackTarget(stack);
  }

  stack(): Promise<Stack> {
    return this.#service(this.#process.runner).get(this.#ctx, this.#id);
  }

  /** Until nothing is to be done for it, in as many processes as that takes. */
  async settled(lives: () => number | undefined = () => undefined): Promise<Stack> {
    while (!(await this.#restsOrEnds())) await this.revive(lives());
    return this.stack();
  }

  /** So many moments further, or until it rests or its process has ended. */
  async passed(moments: number): Promise<void> {
    await Promise.race([this.life.reached(this.life.passed + moments), this.#restsOrEnds()]);
  }

  /** In another process, which ends after so many moments. */
  async revive(moments = Infinity): Promise<void> {
    await this.#process.buried();
    this.#process = this.#newProcess();
    this.life.endAfter(moments);
    await this.#process.runner.recover();
  }

  /** All rows of the stack, and of those that it holds, by the id of the stack. */
  async rows(): Promise<ReadonlyMap<string, readonly Resource[]>> {
    const db = this.#database.handle<OrchestrationTables>();
    const kin = await stackStore.kin(db, this.#id);
    const entries = kin.map(async ({ id }) => {
      const rows = await resourceStore.ofStack(db, id);
      return [
        id,
        await Promise.all(rows.map((row) => openResource(this.#vault, this.#project, row))),
      ] as const;
    });
    return new Map(await Promise.all(entries));
  }

  /** Ids of the stacks of the tree that are not gone. */
  async living(): Promise<readonly string[]> {
    const kin = await stackStore.kin(this.#database.handle<OrchestrationTables>(), this.#id);
    return kin.flatMap(({ id, deletedAt }) => (deletedAt === null ? [id] : []));
  }

  async close(): Promise<void> {
    this.life.end();
    await this.#process.buried();
  }

  /** @returns whether it rests; otherwise its process has ended */
  #restsOrEnds(): Promise<boolean> {
    const { runner, life } = this.#process;
    const ended = life.ended.then(() => false);
    const rests = runner.settled(`stack:${this.#id}`).then(
      () => true,
      (thrown: unknown) => {
        if (life.isOver) return ended;
        throw thrown;
      },
    );
    return Promise.race([rests, ended]);
  }

  #newProcess(): StackProcess {
    return new StackProcess(this.#database, {
      outside: this.outside,
      clock: this.#clock,
      vault: this.#vault,
    });
  }

  /** The API, which is not in the process that ends. */
  #depsOf(tasks: TaskRunner): OrchestrationDeps {
    return {
      ...this.#process.deps,
      database: this.#database,
      clock: this.#clock,
      policy: new Policy(orchestrationPolicy),
      worker: 'control',
      signer: async () => undefined,
      tasks,
    };
  }

  #service(tasks: TaskRunner): StackService {
    return new StackService(this.#depsOf(tasks));
  }

  get #ctx(): Ctx {
    const project = { id: this.#project, name: 'p', domain: { id: 'default', name: 'Default' } };
    const ctx = systemCtx('req-1', { clock: this.#clock, log: silentLogger });
    return { ...ctx, project, roles: ['member'] };
  }
}

const draftOf = ({ recipe, disableRollback = true }: Wanted) => ({
  recipe,
  disableRollback,
  tags: [],
  timeoutMinutes: A_CENTURY,
});

interface Around {
  readonly outside: Outside;
  readonly clock: HastyClock;
  readonly vault: EnvelopeVault;
}

/** A control process of which there is the stack engine alone. */
class StackProcess {
  readonly life = new Life();
  readonly deps: EngineDeps;
  readonly runner: TaskRunner;
  readonly #events: EventLog;

  constructor(database: Database, { outside, vault, ...around }: Around) {
    const clock = this.life.clock(around.clock);
    this.#events = new EventLog({ database, clock });
    this.deps = {
      database: this.life.database(database),
      vault,
      events: this.#events,
      clock,
      log: silentLogger,
      types: new ResourceTypes([...heatTypes, resourceGroup, ...thingTypes(outside, this.life)]),
      region: 'RegionOne',
      cloudOf: () => ({ call: () => Promise.reject(new CloudError('unavailable', 'There is no cloud.')) }),
    };
    const kinds: readonly TaskKind[] = [convergeStack(this.deps)];
    this.runner = new TaskRunner({ ...this.deps, kinds, worker: 'control', random: () => 0 });
  }

  /** Once it has ended; what still waits in it is let go of. */
  async buried(): Promise<void> {
    await this.life.ended;
    this.#events.stop();
    void this.runner.stop();
  }
}
