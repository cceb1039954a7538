import { Bell } from '#kernel/bell.ts';
import { CloudError } from '#kernel/errors.ts';
import type { Change } from './change.ts';
import { converge } from './converge.ts';
import { plan } from './plan.ts';
import { remove } from './remove.ts';

const AT_ONCE = 32;

/** Cut off by us: it says nothing about the resource. */
export class CutOff extends CloudError {
  constructor(why: string) {
    super('unavailable', why);
  }
}

export interface Walk {
  /** The change that is wanted now: another one when somebody asked for that meanwhile. */
  readonly latest: () => Promise<Change>;
  /** Somebody may have asked for something else. */
  readonly asked: Bell;
  /** Aborts when this process is to let go; all is gone on with later. */
  readonly signal: AbortSignal;
}

/**
 * Carries out a stack's change, again and again asking the plan what may be done now. When another change is asked for meanwhile, it goes
 * on with that: what is under way comes to its end, and is brought in line afterwards; when the stack is to go, it is cut off.
 * @returns the change that was carried out to this end
 */
export async function walk({ latest, asked, signal }: Walk): Promise<{ change: Change; outcome: 'complete' | 'failed' }> {
  const busy = new Map<string, AbortController>();
  const ended = new Bell();
  const begin = (key: string, work: (signal: AbortSignal) => Promise<void>) => {
    const abort = new AbortController();
    busy.set(key, abort);
    void work(AbortSignal.any([signal, abort.signal])).finally(() => {
      busy.delete(key);
      ended.ring();
    });
  };
  for (;;) {
    const news = Promise.race([ended.rung, asked.rung]);
    const change = await latest();
    const { stack, compiled, rows } = change;
    if (stack.action === 'DELETE') for (const abort of busy.values()) abort.abort(new CutOff('Stack deletion started.'));
    const { converge: names, remove: ids, outcome } = plan({
      wanted: compiled.wanted,
      rows: rows.all,
      traversal: stack.traversal,
      busy: new Set(busy.keys()),
    });
    if (signal.aborted) {
      if (busy.size === 0) throw new CutOff('The stack is gone on with later.');
    } else {
      if (outcome !== 'working') return { change, outcome };
      for (const name of names.slice(0, AT_ONCE - busy.size)) begin(name, (until) => converge(change, name, until));
      for (const id of ids.slice(0, AT_ONCE - busy.size)) begin(id, (until) => remove(change, id, until));
    }
    await news;
  }
}
