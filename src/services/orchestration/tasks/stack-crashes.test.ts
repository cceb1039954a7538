import { expect, it } from 'vitest';
import type { Database } from '#kernel/db/database.ts';
import { newUuid } from '#kernel/ids.ts';
import type { TaskRunner } from '#kernel/tasks/runner.ts';
import { crashEverywhere, type World } from '#test/support/crash-everywhere.ts';
import { forEachDatabase } from '#test/support/databases.ts';
import { often } from '#test/support/often.ts';
import { assertGone, assertIs, assertNothingWrong } from '#test/support/stack-findings.ts';
import { STACK_SCHEMAS, StackLab, type Wanted } from '#test/support/stack-lab.ts';
import { piece, recipeOf, type Shape } from '#test/support/stack-shapes.ts';
import type { Trouble } from '#test/support/stack-outside.ts';
import { stateOf } from '../model/stack.ts';
import { convergeStack } from './converge-stack.ts';

const PAIR: Shape = { a: piece('x'), b: piece('x', { uses: ['a'] }) };
const TREE: Shape = {
  a: piece('x'),
  b: piece('x', { kind: 'group of inner', fixed: 2, after: ['a'] }),
  c: piece('x', { kind: 'inner', after: ['b'] }),
};
const OTHER_TREE: Shape = {
  b: piece('y', { kind: 'group of inner', fixed: 1 }),
  c: piece('x', { kind: 'inner', after: ['b'] }),
};

/** Something that is done to a stack, and how that ends. */
interface Deed {
  readonly name: string;
  /** What it is before; without, it is new. */
  readonly from?: Shape;
  readonly suspended?: true;
  readonly troubles?: readonly Trouble[];
  readonly rollback?: true;
  readonly ask: Shape | 'delete' | 'suspend' | 'resume';
  readonly ends: string;
  /** What it is then; default: what was asked for. */
  readonly is?: Shape;
}

const DEEDS: readonly Deed[] = [
  { name: 'a creation', ask: PAIR, ends: 'CREATE_COMPLETE' },
  {
    name: 'an update in place',
    from: PAIR,
    ask: { a: piece('y'), b: piece('x', { uses: ['a'] }) },
    ends: 'UPDATE_COMPLETE',
  },
  {
    name: 'an update with replacement',
    from: PAIR,
    ask: { a: piece('x', { fixed: 1 }), b: piece('x', { uses: ['a'] }), c: piece('x') },
    ends: 'UPDATE_COMPLETE',
  },
  {
    name: 'a rollback to nothing',
    troubles: [{ resource: 'b', verb: 'create', fails: 'after' }],
    rollback: true,
    ask: PAIR,
    ends: 'ROLLBACK_COMPLETE',
    is: {},
  },
  {
    name: 'a rollback',
    from: PAIR,
    troubles: [{ resource: 'c', verb: 'create', fails: 'after' }],
    rollback: true,
    ask: { a: piece('y', { fixed: 1 }), b: piece('y', { uses: ['a'] }), c: piece('x', { uses: ['b'] }) },
    ends: 'ROLLBACK_COMPLETE',
    is: PAIR,
  },
  { name: 'a deletion', from: PAIR, ask: 'delete', ends: 'DELETE_COMPLETE' },
  { name: 'a suspension', from: PAIR, ask: 'suspend', ends: 'SUSPEND_COMPLETE', is: PAIR },
  { name: 'a resumption', from: PAIR, suspended: true, ask: 'resume', ends: 'RESUME_COMPLETE', is: PAIR },
  { name: 'the creation of a tree', ask: TREE, ends: 'CREATE_COMPLETE' },
  { name: 'the update of a tree', from: TREE, ask: OTHER_TREE, ends: 'UPDATE_COMPLETE' },
  { name: 'the deletion of a tree', from: TREE, ask: 'delete', ends: 'DELETE_COMPLETE' },
];

/** A stack to which it is done, by whatever runner. */
class DeedWorld implements World {
  readonly database: Database;
  readonly #lab: StackLab;
  readonly #deed: Deed;

  constructor(database: Database, deed: Deed) {
    this.database = database;
    this.#deed = deed;
    this.#lab = new StackLab(database, newUuid());
  }

  get kind() {
    return convergeStack(this.#lab.engine);
  }

  get lab(): StackLab {
    return this.#lab;
  }

  async prepare(): Promise<void> {
    const { from, suspended, troubles = [] } = this.#deed;
    if (from) await this.#lab.create(wanted(from));
    if (from) await this.#lab.settled();
    if (suspended) await this.#lab.act('suspend');
    if (suspended) await this.#lab.settled();
    this.#lab.outside.trouble(troubles);
  }

  /** @param runner default: the lab's own */
  start(runner?: TaskRunner): Promise<string> {
    const { ask, from, rollback } = this.#deed;
    if (ask === 'delete') return this.#lab.delete(runner);
    if (ask === 'suspend' || ask === 'resume') return this.#lab.act(ask, runner);
    const recipe = wanted(ask, rollback);
    return from ? this.#lab.update(recipe, runner) : this.#lab.create(recipe, runner);
  }

  async assertDone(): Promise<void> {
    const { ends, ask, is = ask } = this.#deed;
    const stack = await this.#lab.stack();
    expect(`${stateOf(stack)}: ${stack.statusReason}`).toMatch(new RegExp(`^${ends}: Stack`));
    await assertNothingWrong(this.#lab, stack);
    if (typeof is === 'string') await assertGone(this.#lab);
    else await assertIs(this.#lab, stack, is);
  }

  /** Given up, it says so, and goes with all that it made. */
  async assertClean(): Promise<void> {
    const stack = await this.#lab.stack();
    expect(stack.status).not.toBe('IN_PROGRESS');
    await assertNothingWrong(this.#lab, stack);
    this.#lab.outside.trouble([]);
    await this.#lab.delete();
    expect(stateOf(await this.#lab.settled())).toBe('DELETE_COMPLETE');
    await assertGone(this.#lab);
  }

  close(): Promise<void> {
    return this.#lab.close();
  }
}

const wanted = (shape: Shape, rollback = false): Wanted => ({
  recipe: recipeOf(shape),
  disableRollback: !rollback,
});

/** On a machine that has much else to do. */
const LONG = often(180_000);

/** In how many places a process ends, of all those where it could: on PostgreSQL each takes several times as long, and is the same place. */
const CUTS = { sqlite: often(12), postgres: often(4) } as const;

/** How many moments it takes in which its process could end. */
async function momentsOf(world: DeedWorld): Promise<number> {
  const { lab } = world;
  const before = lab.life.passed;
  await world.start();
  await lab.settled();
  await world.close();
  return lab.life.passed - before;
}

/** Done by a process that ends after so many moments, and by another. */
async function endAfter(world: DeedWorld, moments: number): Promise<void> {
  world.lab.life.endAfter(moments);
  await world.start();
  await world.lab.settled();
}

forEachDatabase('the task of a stack', (open) => {
  const world = async (database: Database, deed: Deed): Promise<DeedWorld> => {
    const made = new DeedWorld(database, deed);
    await made.prepare();
    return made;
  };

  it.each(DEEDS)('survives every crash of $name', { timeout: LONG }, async (deed) => {
    const database = await open(...STACK_SCHEMAS);
    await crashEverywhere(() => world(database, deed));
  });

  it.each(DEEDS)(
    'ends $name wherever its process ends, and makes nothing twice',
    { timeout: LONG },
    async (deed) => {
      const database = await open(...STACK_SCHEMAS);
      const moments = await momentsOf(await world(database, deed));
      expect(moments).toBeGreaterThan(4);
      for (let moment = 1; moment <= moments; moment += Math.ceil(moments / CUTS[database.engine.kind])) {
        const cut = await world(database, deed);
        await endAfter(cut, moment);
        await cut.assertDone().catch((thrown: Error) => {
          throw new Error(`It ended after ${moment} of ${moments} moments: ${thrown.message}`, {
            cause: thrown,
          });
        });
        await cut.close();
      }
    },
  );
});
