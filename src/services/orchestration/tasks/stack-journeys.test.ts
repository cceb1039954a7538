import { it } from 'vitest';
import { newUuid } from '#kernel/ids.ts';
import { forEachDatabase } from '#test/support/databases.ts';
import { play, type Step } from '#test/support/stack-journey.ts';
import { STACK_SCHEMAS } from '#test/support/stack-lab.ts';
import { piece, type Shape } from '#test/support/stack-shapes.ts';

/** What went wrong once, as `stack-model.test.ts` found it. */

const step = (ask: Step['ask'], more: Partial<Step> = {}): Step => ({
  ask,
  rollback: false,
  troubles: [],
  kills: [],
  hurry: null,
  ...more,
});
const update = (shape: Shape, more: Partial<Step> = {}) => step({ update: shape }, more);
const slowly = { verb: 'remove', slow: 8 } as const;

forEachDatabase('a stack', (open) => {
  const travel = async (first: Shape, ...steps: Step[]) =>
    play(await open(...STACK_SCHEMAS), newUuid(), { first, steps: [update(first), ...steps], last: {} });

  it('has what is wanted again while it is taken away', async () => {
    const both = { a: piece('x'), b: piece('x', { kind: 'inner' }) };
    const troubles = ['a', 'second'].map((resource) => ({ resource, ...slowly }));
    for (const hurry of [2, 5, 8]) await travel(both, update({}, { troubles, hurry }), update(both));
  });

  it('has what is wanted again that was half taken away when the process ended', async () => {
    const both = { a: piece('x'), b: piece('x', { kind: 'inner' }) };
    const troubles = ['a', 'second'].map((resource) => ({ resource, ...slowly }));
    for (const kill of [4, 6, 8])
      await travel(both, update({}, { troubles, kills: [kill], hurry: kill }), update(both));
  });

  it('takes away what a failed update may have begun to use only after what uses it', async () => {
    const troubles = [
      { resource: 'e', verb: 'update', fails: 'after' },
      { resource: 'e', verb: 'remove', fails: 'before', times: 1 },
    ] as const;
    const using = { b: piece('x'), e: piece('x', { uses: ['b'] }) };
    await travel({ e: piece('x') }, update(using, { troubles, rollback: true }));
  });

  it('is suspended with what a failed update left of what it no longer wants', async () => {
    const troubles = [{ resource: 'b', verb: 'create', fails: 'before' } as const];
    const failing = update({ b: piece('x', { fixed: 1 }) }, { troubles });
    const last = step('suspend', { troubles: [{ resource: 'c', verb: 'suspend', slow: 8 }] });
    await travel({ b: piece('x'), c: piece('x'), d: piece('x') }, failing, last);
  });
});
