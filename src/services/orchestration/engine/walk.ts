import { unavailable } from '#kernel/errors.ts';
import type { Change, Worker } from './change.ts';
import { converge } from './converge.ts';
import { Errands } from './errands.ts';
import { plan, type Plan } from './plan.ts';
import { remove } from './remove.ts';
import { act, planVerb, verbOf } from './verbs.ts';

const AT_ONCE = 32;

export interface Walk {
  /** What is wanted now: another change when somebody asked for one meanwhile. */
  readonly latest: () => Promise<Change>;
  /** Rings when somebody may have asked for something else, or time is over. */
  readonly asked: () => Promise<void>;
  /** The signal aborts when this process lets go. */
  readonly by: Worker;
}

export interface Ending {
  readonly change: Change;
  /** `cancelled`: somebody has said already how it ended. */
  readonly outcome: 'complete' | 'failed' | 'timed out' | 'cancelled';
  /** Why it failed, where no resource's row says it. */
  readonly why?: string;
}

/**
 * Carries out what is wanted of a stack, again and again asking the plan what may be done now. When another change is asked for, it goes
 * on with that: what is under way comes to its end and is brought in line afterwards, or is cut off when the stack is to go.
 * @throws CloudError `unavailable` when this process lets go; whatever else was in the way of knowing what is to be done. Nothing is under
 *   way any more then.
 */
export async function walk(walk: Walk): Promise<Ending> {
  const errands = new Errands(walk.by, AT_ONCE);
  try {
    return await goOn(walk, errands);
  } catch (thrown) {
    await errands.letGo();
    throw thrown;
  }
}

async function goOn({ latest, asked, by: { signal, place } }: Walk, errands: Errands): Promise<Ending> {
  for (;;) {
    const news = Promise.race([errands.ended, asked()]);
    errands.assertUnbroken();
    const change = await latest();
    const cut = cutOff(change);
    errands.cutOff(cut.why, cut.ending ? new Set() : spared(change, errands));
    if (signal.aborted || cut.ending) {
      if (errands.keys.size === 0) return ended(change, cut.ending, signal);
    } else {
      const purpose = change.stack.traversal;
      const why = errands.failureOf(purpose);
      const next = why === undefined ? nextOf(change, errands.keys) : comingToItsEnd(errands.keys);
      if (next.outcome !== 'working')
        return { change, outcome: next.outcome, ...(why !== undefined && { why }) };
      errands.begin(next.converge, {
        purpose,
        work: (name, by) => converge(within(change, by), name, by.signal),
      });
      errands.begin(next.remove, { purpose, work: (id, by) => remove(within(change, by), id, by.signal) });
      errands.begin(next.act ?? [], {
        purpose,
        work: (name, by) => act(within(change, by), name, by.signal),
      });
    }
    await place.rest(news);
  }
}

const within = (change: Change, { place }: Worker): Change => ({ ...change, place });

/** Why what is under way is cut off, and how the walk ends with it. */
function cutOff({ stack, clock }: Change): { readonly why: string; readonly ending?: Ending['outcome'] } {
  if (stack.status !== 'IN_PROGRESS') return { why: stack.statusReason, ending: 'cancelled' };
  if (clock.now().getTime() >= Date.parse(stack.deadline)) return { why: 'Timed out', ending: 'timed out' };
  return { why: stack.action === 'DELETE' ? 'The stack is deleted.' : 'It is no longer asked for.' };
}

/** What comes to its end: what was begun for this, removals, and what is still wanted; of a change that is taken back nothing is. */
function spared({ stack, compiled, rows }: Change, errands: Errands): ReadonlySet<string> {
  const wanted = stack.action === 'ROLLBACK' ? [] : compiled.wanted.keys();
  return new Set([...errands.keysFor(stack.traversal), ...wanted, ...rows.all.map(({ id }) => id)]);
}

function nextOf(
  { stack, compiled, rows }: Change,
  busy: ReadonlySet<string>,
): Plan & { act?: readonly string[] } {
  const known = { rows: rows.all, traversal: stack.traversal, busy };
  const verb = verbOf(stack.action);
  return verb ? planVerb({ ...known, first: verb.first }) : plan({ ...known, wanted: compiled.wanted });
}

/** Nothing new begins. */
const comingToItsEnd = (busy: ReadonlySet<string>): ReturnType<typeof nextOf> => ({
  converge: [],
  remove: [],
  outcome: busy.size > 0 ? 'working' : 'failed',
});

function ended(change: Change, outcome: Ending['outcome'] | undefined, signal: AbortSignal): Ending {
  if (signal.aborted || !outcome) throw unavailable('The stack is gone on with later.');
  return { change, outcome };
}
