import type { TaskKind } from '#kernel/tasks/task.ts';
import { carryOut } from '../engine/carry-out.ts';
import { Place } from '../engine/place.ts';
import { giveUp } from '../engine/give-up.ts';
import type { EngineDeps } from '../service/deps.ts';

export const CONVERGE_STACK = 'orchestration.converge-stack';

interface Input {
  readonly id: string;
}

/** A stack has a time limit of its own; this is only how long everything else may be broken. */
const A_WEEK = 7 * 86_400;

/** Carries out what is wanted of a stack, and of all that it holds. */
export const convergeStack = (deps: EngineDeps): TaskKind<Input> => ({
  kind: CONVERGE_STACK,
  deadline: A_WEEK,
  steps: [
    {
      name: 'walk',
      run: ({ input, signal, rests }) => carryOut(deps, input.id, { signal, place: new Place(rests) }),
    },
  ],
  failed: ({ input }, error) => giveUp(deps, input.id, error.message),
});
