import * as fc from 'fast-check';
import { CloudError } from '#kernel/errors.ts';
import type { Database } from '#kernel/db/database.ts';
import type { Action } from '#services/orchestration/service/actions.ts';
import { stateOf, type Stack } from '#services/orchestration/model/stack.ts';
import { assertNothingWrong, assertGone, assertIs } from './stack-findings.ts';
import { StackLab } from './stack-lab.ts';
import { INNER_NAMES, NAMES, recipeOf, shapes, type Shape } from './stack-shapes.ts';
import type { Trouble } from './stack-outside.ts';

/** Something that is asked of a stack, and what befalls it. */
export interface Step {
  readonly ask: { readonly update: Shape } | Action | 'delete';
  readonly rollback: boolean;
  readonly troubles: readonly Trouble[];
  /** After so many moments each process ends, one after the other. */
  readonly kills: readonly number[];
  /** The next step does not wait for the end of this one, but for so many moments. */
  readonly hurry: number | null;
}

export interface Journey {
  readonly first: Shape;
  readonly steps: readonly Step[];
  /** What the stack is to be in the end, when nothing is in the way any more. */
  readonly last: Shape;
}

const trouble: fc.Arbitrary<Trouble> = fc
  .record({
    resource: fc.constantFrom(...NAMES, ...INNER_NAMES),
    verb: fc.constantFrom('create', 'create', 'update', 'remove', 'suspend', 'resume'),
    fails: fc.option(fc.constantFrom('before', 'after', 'while it is waited for'), { nil: undefined }),
    times: fc.option(fc.constantFrom(1, 2), { nil: undefined }),
    slow: fc.constantFrom(0, 1, 3, 8),
  })
  .map(({ fails, times, ...one }) => ({ ...one, ...(fails && { fails }), ...(times && { times }) }));

const ask: fc.Arbitrary<Step['ask']> = fc.oneof(
  { weight: 6, arbitrary: shapes.map((update) => ({ update })) },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      'suspend',
      'resume',
      'check',
      'cancel_update',
      'cancel_without_rollback',
      'delete',
    ),
  },
);

const step: fc.Arbitrary<Step> = fc.record({
  ask,
  rollback: fc.boolean(),
  troubles: fc.oneof(fc.constant([]), fc.array(trouble, { maxLength: 4 })),
  kills: fc.oneof(fc.constant([]), fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 3 })),
  hurry: fc.option(fc.nat(40), { freq: 2 }),
});

export const journeys: fc.Arbitrary<Journey> = fc.record({
  first: shapes,
  steps: fc.array(step, { minLength: 1, maxLength: 5 }),
  last: shapes,
});

/** Plays a journey, and compares what comes of each step with what has to. @throws with what is wrong */
export async function play(database: Database, project: string, journey: Journey): Promise<void> {
  const lab = new StackLab(database, project);
  try {
    await new Traveller(lab, journey).travel();
  } finally {
    await lab.close();
  }
}

class Traveller {
  readonly #lab: StackLab;
  readonly #journey: Journey;
  /** By the text of the template: what was ever wanted. */
  readonly #wanted = new Map<string, Shape>();
  #cancelled = false;
  /** What it said when it rested last. */
  #told = '';

  constructor(lab: StackLab, journey: Journey) {
    this.#lab = lab;
    this.#journey = journey;
  }

  async travel(): Promise<void> {
    const { first, steps, last } = this.#journey;
    const [begin, ...others] = steps;
    if (begin) await this.#take({ ...begin, ask: { update: first } }, true);
    for (const one of others) await this.#take(one);
    await this.#takeToItsEnd(last);
  }

  /** Nothing is in the way any more: it can be changed as somebody likes, and goes with all that it made. */
  async #takeToItsEnd(last: Shape): Promise<void> {
    const plain = { rollback: false, troubles: [], kills: [], hurry: null };
    let stack = await this.#lab.settled();
    if (stack.action === 'SUSPEND') stack = await this.#take({ ...plain, ask: 'resume' });
    if (stack.deletedAt === null) {
      stack = await this.#take({ ...plain, ask: { update: last } });
      expectState(stack, 'UPDATE_COMPLETE');
    }
    stack = await this.#take({ ...plain, ask: 'delete' });
    expectState(stack, 'DELETE_COMPLETE');
  }

  async #take({ ask: asked, troubles, kills, hurry, rollback }: Step, isFirst = false): Promise<Stack> {
    const { outside, life } = this.#lab;
    if (life.isOver) await this.#lab.revive();
    outside.trouble(troubles);
    const accepted = await this.#ask(asked, rollback, isFirst);
    if (accepted) this.#cancelled = typeof asked === 'string' && asked.startsWith('cancel');
    const [kill = Infinity, ...later] = kills;
    this.#lab.life.endAfter(kill);
    if (hurry !== null) return this.#after(hurry);
    const stack = await this.#lab.settled(() => later.shift());
    await this.#compare(stack, accepted && troubles.length === 0 && !this.#cancelled);
    outside.refusals.length = 0;
    this.#told = stack.statusReason;
    return stack;
  }

  async #after(moments: number): Promise<Stack> {
    await this.#lab.passed(moments);
    return this.#lab.stack();
  }

  /** @returns whether it makes sense as the stack is */
  async #ask(asked: Step['ask'], rollback: boolean, isFirst: boolean): Promise<boolean> {
    try {
      if (asked === 'delete') await this.#lab.delete();
      else if (typeof asked === 'string') await this.#lab.act(asked);
      else await this.#update(asked.update, rollback, isFirst);
      return true;
    } catch (thrown) {
      const { kind } = CloudError.from(thrown);
      if (kind !== 'bad-request' && kind !== 'conflict' && kind !== 'not-found') throw thrown;
      return false;
    }
  }

  async #update(shape: Shape, rollback: boolean, isFirst: boolean): Promise<void> {
    const recipe = recipeOf(shape);
    this.#wanted.set(recipe.template, shape);
    const wanted = { recipe, disableRollback: !rollback };
    await (isFirst ? this.#lab.create(wanted) : this.#lab.update(wanted));
  }

  /** @param unhindered nothing was in the way of the last step */
  async #compare(stack: Stack, unhindered: boolean): Promise<void> {
    if (stack.status === 'IN_PROGRESS') throw new Error(`It rests in ${stateOf(stack)}.`);
    if (stack.status === 'FAILED') {
      if (unhindered) throw new Error(`${stateOf(stack)} without any trouble: ${stack.statusReason}`);
      this.#assertReason(stack);
    }
    await assertNothingWrong(this.#lab, stack);
    if (stack.status !== 'COMPLETE') return;
    if (stack.deletedAt !== null) return assertGone(this.#lab);
    const shape = this.#wanted.get(stack.recipe.template) ?? {};
    if (['CREATE', 'UPDATE', 'ROLLBACK'].includes(stack.action)) await assertIs(this.#lab, stack, shape);
  }

  #assertReason({ statusReason }: Stack): void {
    const { refusals } = this.#lab.outside;
    const isTrue = statusReason === this.#told || refusals.some((refusal) => statusReason.endsWith(refusal));
    if (isTrue || (this.#cancelled && statusReason === 'User cancelled operation')) return;
    throw new Error(`'${statusReason}' is none of what went wrong: ${refusals.join(', ')}`);
  }
}

function expectState(stack: Stack, state: string): void {
  if (stateOf(stack) !== state)
    throw new Error(`It should be ${state} and is ${stateOf(stack)}: ${stack.statusReason}`);
}
