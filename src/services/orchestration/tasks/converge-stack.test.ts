import { expect, it } from 'vitest';
import { systemClock } from '#kernel/clock.ts';
import { systemCtx, type Ctx } from '#kernel/context.ts';
import type { Database } from '#kernel/db/database.ts';
import { EventLog } from '#kernel/events/event-log.ts';
import { init as createEvents } from '#kernel/events/migrations/0001-init.ts';
import { silentLogger } from '#kernel/log.ts';
import { Policy } from '#kernel/policy/policy.ts';
import { init as createTasks } from '#kernel/tasks/migrations/0001-init.ts';
import { TaskRunner } from '#kernel/tasks/runner.ts';
import { createVault } from '#kernel/vault/migrations/0001-vault.ts';
import { EnvelopeVault } from '#kernel/vault/vault.ts';
import { forEachDatabase } from '#test/support/databases.ts';
import { until } from '#test/support/until.ts';
import { orchestrationMigrations } from '../index.ts';
import { stackTarget, stateOf, type Recipe, type Stack } from '../model/stack.ts';
import { orchestrationPolicy } from '../policy.ts';
import { resourceGroup } from '../resources/groups/resource-group.ts';
import { heatTypes } from '../resources/heat/types.ts';
import { ResourceTypes } from '../resources/registry.ts';
import { StackService } from '../service/stacks.ts';
import { hookStore } from '../store/hooks.ts';
import { openResource, resourceStore } from '../store/resources.ts';
import { stackStore } from '../store/stacks.ts';
import type { OrchestrationTables } from '../tables.ts';
import type { Hook } from '../template/registry.ts';
import { convergeStack } from './converge-stack.ts';

const SCHEMAS = [
  { name: 'tasks', migrations: [createTasks] },
  { name: 'events', migrations: [createEvents] },
  { name: 'vault', migrations: [createVault] },
  { name: 'orchestration', migrations: orchestrationMigrations },
];

type Resources = Readonly<Record<string, unknown>>;

/** A cloud of which there is the engine alone, in real time. */
class Rig {
  readonly #database: Database;
  readonly #parts;
  readonly #ctx: Ctx;
  #runner: TaskRunner;

  constructor(database: Database) {
    this.#database = database;
    const project = { id: 'p1', name: 'p1', domain: { id: 'default', name: 'Default' } };
    this.#ctx = {
      ...systemCtx('req-1', { clock: systemClock, log: silentLogger }),
      project,
      roles: ['member'],
    };
    this.#parts = {
      database,
      vault: new EnvelopeVault({ database, masterKeys: [Buffer.alloc(32, 1)] }),
      policy: new Policy(orchestrationPolicy),
      events: new EventLog({ database, clock: systemClock }),
      clock: systemClock,
      log: silentLogger,
      types: new ResourceTypes([...heatTypes, resourceGroup]),
      region: 'RegionOne',
      cloudOf: () => ({ call: () => Promise.reject(new Error('There is no cloud.')) }),
    };
    this.#runner = this.#newRunner();
  }

  async create(
    resources: Resources,
    more: Partial<{ disableRollback: boolean; minutes: number }> = {},
  ): Promise<Stack> {
    return this.settled(
      await this.#service.create(this.#ctx, { name: 'one', ...this.#draft(resources, more) }),
    );
  }

  async update(stack: Stack, resources: Resources, more: { disableRollback?: boolean } = {}): Promise<Stack> {
    return this.settled(
      await this.#service.update(this.#ctx, stack, { name: '', ...this.#draft(resources, more) }),
    );
  }

  /** Asked for, and not waited for. */
  begin(resources: Resources, environment: Recipe['environment'] = {}): Promise<Stack> {
    return this.#service.create(this.#ctx, { name: 'one', ...this.#draft(resources, { environment }) });
  }

  beginUpdate(stack: Stack, resources: Resources): Promise<Stack> {
    return this.#service.update(this.#ctx, stack, { name: '', ...this.#draft(resources, {}) });
  }

  async delete(stack: Stack): Promise<Stack> {
    await this.#service.delete(this.#ctx, stack);
    return this.settled(stack);
  }

  /** As a process that ends in the midst of it, and another one. */
  async restart(): Promise<void> {
    await this.#runner.stop();
    this.#runner = this.#newRunner();
    await this.#runner.recover();
  }

  async settled(stack: Stack): Promise<Stack> {
    await this.#runner.settled(stackTarget(stack));
    return this.#service.get(this.#ctx, stack.id);
  }

  /** Name → state, and what each made. */
  async rows({ id }: Stack) {
    const rows = await resourceStore.ofStack(this.#database.handle<OrchestrationTables>(), id);
    return Promise.all(rows.map((row) => openResource(this.#parts.vault, 'p1', row)));
  }

  async states(stack: Stack): Promise<Readonly<Record<string, string>>> {
    return Object.fromEntries(
      (await this.rows(stack)).map((row) => [row.name, `${row.action}_${row.status}`]),
    );
  }

  async physical(stack: Stack, name: string): Promise<string | null | undefined> {
    return (await this.rows(stack)).find((row) => row.name === name)?.physicalId;
  }

  /** Once the resource waits at the hook, in whatever process. */
  clear(stack: Stack, name: string, hook: Hook): Promise<true> {
    return until(`${name} at ${hook}`, async () => {
      const row = (await this.rows(stack)).find((one) => one.name === name);
      const db = this.#database.handle<OrchestrationTables>();
      return (
        row !== undefined && (await hookStore.clear(db, { resourceId: row.id, hook })) && (true as const)
      );
    });
  }

  beginDelete = (stack: Stack): Promise<void> => this.#service.delete(this.#ctx, stack);

  /** How many living stacks a tree has, and how many resources they have. */
  async tree({ id }: Stack): Promise<{ readonly stacks: number; readonly resources: number }> {
    const db = this.#database.handle<OrchestrationTables>();
    const living = (await stackStore.kin(db, id)).filter(({ deletedAt }) => deletedAt === null);
    const rows = await resourceStore.currentOf(db, [id, ...living.map((one) => one.id)]);
    return { stacks: living.length, resources: rows.length };
  }

  stop = () => this.#runner.stop();

  get #service(): StackService {
    return new StackService({
      ...this.#parts,
      worker: 'control',
      signer: async () => undefined,
      tasks: this.#runner,
    });
  }

  #newRunner(): TaskRunner {
    return new TaskRunner({ ...this.#parts, kinds: [convergeStack(this.#parts)], worker: 'control' });
  }

  #draft(
    resources: Resources,
    {
      disableRollback = true,
      minutes,
      environment = {},
    }: { disableRollback?: boolean; minutes?: number; environment?: Recipe['environment'] },
  ) {
    const recipe: Recipe = {
      template: JSON.stringify({ heat_template_version: '2021-04-16', resources }),
      files: {},
      environment,
    };
    return { recipe, tags: [], disableRollback, timeoutMinutes: minutes ?? null };
  }
}

const text = (value: unknown, more: object = {}) => ({
  type: 'OS::Heat::TestResource',
  properties: { value, ...more },
});

forEachDatabase('a stack', (open) => {
  const rig = async () => new Rig(await open(...SCHEMAS));

  it('is made in the order of its dependencies, each with what the others are', async () => {
    const cloud = await rig();
    const stack = await cloud.create({
      last: text({ get_attr: ['middle', 'output'] }),
      middle: text({ get_resource: 'first' }),
      first: { type: 'OS::Heat::RandomString', properties: { length: 12 } },
    });
    expect(stateOf(stack)).toBe('CREATE_COMPLETE');
    expect(stack.statusReason).toBe('Stack CREATE completed successfully');
    const rows = await cloud.rows(stack);
    const value = (name: string) => rows.find((row) => row.name === name)?.properties['value'];
    expect(rows.find(({ name }) => name === 'first')?.reference).toMatch(/^[a-zA-Z0-9]{12}$/);
    expect(value('middle')).toBe(rows.find(({ name }) => name === 'first')?.reference);
    expect(value('last')).toBe(value('middle'));
    await cloud.stop();
  });

  it('is changed in place, or by others, and loses what is no longer asked for', async () => {
    const cloud = await rig();
    const stack = await cloud.create({ a: text('one'), b: text('two'), c: text('three') });
    const [a, b] = [await cloud.physical(stack, 'a'), await cloud.physical(stack, 'b')];
    const changed = await cloud.update(stack, {
      a: text('other'),
      b: text('two', { update_replace_value: 'x' }),
    });
    expect(stateOf(changed)).toBe('UPDATE_COMPLETE');
    expect(await cloud.states(stack)).toEqual({ a: 'UPDATE_COMPLETE', b: 'CREATE_COMPLETE' });
    expect(await cloud.physical(stack, 'a')).toBe(a);
    expect(await cloud.physical(stack, 'b')).not.toBe(b);
    await cloud.stop();
  });

  it('says what failed first, keeps the rest, and can be changed afterwards', async () => {
    const cloud = await rig();
    const stack = await cloud.create({
      good: text('x'),
      bad: text('x', { fail: true }),
      later: text({ get_resource: 'bad' }),
    });
    expect(stateOf(stack)).toBe('CREATE_FAILED');
    expect(stack.statusReason).toBe(
      'Resource CREATE failed: BadRequest: resources.bad: Test Resource failed bad',
    );
    expect(await cloud.states(stack)).toEqual({ good: 'CREATE_COMPLETE', bad: 'CREATE_FAILED' });
    const mended = await cloud.update(stack, {
      good: text('x'),
      bad: text('x'),
      later: text({ get_resource: 'bad' }),
    });
    expect(stateOf(mended)).toBe('UPDATE_COMPLETE');
    expect(Object.keys(await cloud.states(stack)).toSorted()).toEqual(['bad', 'good', 'later']);
    await cloud.stop();
  });

  it('goes back to nothing when it could not be made, where that is wanted', async () => {
    const cloud = await rig();
    const stack = await cloud.create(
      { good: text('x'), bad: text('x', { fail: true }) },
      { disableRollback: false },
    );
    expect(stateOf(stack)).toBe('ROLLBACK_COMPLETE');
    expect(await cloud.rows(stack)).toEqual([]);
    await cloud.stop();
  });

  it('goes back to what it was when a change fails, where that is wanted', async () => {
    const cloud = await rig();
    const stack = await cloud.create({ a: text('one'), b: text('two') });
    const [a, b] = [await cloud.physical(stack, 'a'), await cloud.physical(stack, 'b')];
    const bad = { a: text('changed'), c: text({ get_resource: 'a' }, { fail: true }) };
    const back = await cloud.update(stack, bad, { disableRollback: false });
    expect(stateOf(back)).toBe('ROLLBACK_COMPLETE');
    expect(Object.keys(await cloud.states(stack)).toSorted()).toEqual(['a', 'b']);
    expect([await cloud.physical(stack, 'a'), await cloud.physical(stack, 'b')]).toEqual([a, b]);
    const rows = await cloud.rows(stack);
    expect(rows.find(({ name }) => name === 'a')?.properties['value']).toBe('one');
    await cloud.stop();
  });

  it('goes with all that it made', async () => {
    const cloud = await rig();
    const stack = await cloud.create({ a: text('one'), b: text({ get_resource: 'a' }) });
    const gone = await cloud.delete(stack);
    expect(stateOf(gone)).toBe('DELETE_COMPLETE');
    expect(gone.deletedAt).not.toBeNull();
    expect(await cloud.rows(stack)).toEqual([]);
    await cloud.stop();
  });

  it('goes on with another change that is asked for meanwhile', async () => {
    const cloud = await rig();
    const stack = await cloud.begin({
      slow: text('one', { wait_secs: 0.3 }),
      next: text({ get_resource: 'slow' }),
    });
    await cloud.beginUpdate(stack, {
      slow: text('two', { wait_secs: 0.3 }),
      other: text({ get_attr: ['slow', 'output'] }),
    });
    const changed = await cloud.settled(stack);
    expect(stateOf(changed)).toBe('UPDATE_COMPLETE');
    const rows = await cloud.rows(stack);
    expect(rows.map(({ name }) => name).toSorted()).toEqual(['other', 'slow']);
    expect(rows.find(({ name }) => name === 'other')?.properties['value']).toBe('two');
    await cloud.stop();
  });

  it('goes at once when it is deleted while it is made', async () => {
    const cloud = await rig();
    const stack = await cloud.begin({ slow: text('one', { action_wait_secs: { create: 3600 } }) });
    const gone = await cloud.delete(stack);
    expect(stateOf(gone)).toBe('DELETE_COMPLETE');
    expect(await cloud.rows(stack)).toEqual([]);
    await cloud.stop();
  });

  it('waits in the next process too at the hooks that it has reached, and not again at those that are cleared', async () => {
    const cloud = await rig();
    const hooks = ['pre-create', 'post-create'];
    const stack = await cloud.begin(
      { first: text('one'), last: text({ get_resource: 'first' }) },
      { resource_registry: { resources: { first: { hooks } } } },
    );
    await cloud.restart();
    await cloud.clear(stack, 'first', 'pre-create');
    await cloud.restart();
    await cloud.clear(stack, 'first', 'post-create');
    await cloud.restart();
    expect(stateOf(await cloud.settled(stack))).toBe('CREATE_COMPLETE');
    expect(await cloud.states(stack)).toEqual({ first: 'CREATE_COMPLETE', last: 'CREATE_COMPLETE' });
    await cloud.stop();
  });

  it('is gone on with, with all that it holds, wherever the process ends', async () => {
    const cloud = await rig();
    const group = (count: number, resource_def: object) => ({
      type: 'OS::Heat::ResourceGroup',
      properties: { count, resource_def },
    });
    const tree = (count: number, value: string) => ({ outer: group(count, group(2, text(value))) });
    const through = async (stack: Stack): Promise<string> => {
      for (let times = 0; times < 5; times += 1) await cloud.restart();
      return stateOf(await cloud.settled(stack));
    };
    const stack = await cloud.begin(tree(2, 'one'));
    expect(await through(stack)).toBe('CREATE_COMPLETE');
    expect(await cloud.tree(stack)).toEqual({ stacks: 4, resources: 7 });
    await cloud.beginUpdate(await cloud.settled(stack), tree(3, 'two'));
    expect(await through(stack)).toBe('UPDATE_COMPLETE');
    expect(await cloud.tree(stack)).toEqual({ stacks: 5, resources: 10 });
    await cloud.beginDelete(await cloud.settled(stack));
    expect(await through(stack)).toBe('DELETE_COMPLETE');
    expect(await cloud.tree(stack)).toEqual({ stacks: 0, resources: 0 });
    await cloud.stop();
  });

  it('is gone on with by the next process, and makes nothing twice', async () => {
    const cloud = await rig();
    const stack = await cloud.begin({
      quick: text('one'),
      slow: text('two', { wait_secs: 0.5 }),
      last: text({ get_resource: 'slow' }),
    });
    await cloud.restart();
    expect(stateOf(await cloud.settled(stack))).toBe('CREATE_COMPLETE');
    expect((await cloud.rows(stack)).map(({ name }) => name).toSorted()).toEqual(['last', 'quick', 'slow']);
    await cloud.stop();
  });
});
