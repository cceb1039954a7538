import { unavailable } from '#kernel/errors.ts';
import type { Change } from './change.ts';
import { converge } from './converge.ts';
import { Errands } from './errands.ts';
import { plan } from './plan.ts';
import { remove } from './remove.ts';

const AT_ONCE = 32;

export interface Walk {
  /** What is wanted now: another change when somebody asked for one meanwhile. */
  readonly latest: () => Promise<Change>;
  /** Rings when somebody may have asked for something else, or time is over. */
  readonly asked: () => Promise<void>;
  /** Aborts when this process lets go. */
  readonly signal: AbortSignal;
}

export interface Ending {
  readonly change: Change;
  readonly outcome: 'complete' | 'failed' | 'timed out';
}

/**
 * Carries out what is wanted of a stack, again and again asking the plan what may be done now. When another change is asked for, it goes
 * on with that: what is under way comes to its end and is brought in line afterwards, or is cut off when the stack is to go.
 * @throws CloudError `unavailable` when this process lets go
 */
export async function walk({ latest, asked, signal }: Walk): Promise<Ending> {
  const errands = new Errands(signal, AT_ONCE);
  for (;;) {
    const news = Promise.race([errands.ended, asked()]);
    const change = await latest();
    const timedOut = isOver(change);
    if (change.stack.action === 'DELETE') errands.cutOff('The stack is deleted.');
    if (timedOut) errands.cutOff('Timed out');
    if (signal.aborted || timedOut) {
      if (errands.keys.size === 0) return ended(change, signal);
    } else {
      const next = plan({ ...situationOf(change), busy: errands.keys });
      if (next.outcome !== 'working') return { change, outcome: next.outcome };
      errands.begin(next.converge, (name, until) => converge(change, name, until));
      errands.begin(next.remove, (id, until) => remove(change, id, until));
    }
    await news;
  }
}

const situationOf = ({ stack, compiled, rows }: Change) => ({
  wanted: compiled.wanted,
  rows: rows.all,
  traversal: stack.traversal,
});

const isOver = ({ stack, clock }: Change): boolean => clock.now().getTime() >= Date.parse(stack.deadline);

function ended(change: Change, signal: AbortSignal): Ending {
  if (signal.aborted) throw unavailable('The stack is gone on with later.');
  return { change, outcome: 'timed out' };
}
