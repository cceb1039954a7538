import type { Clock } from '#kernel/clock.ts';
import type { Logger } from '#kernel/log.ts';
import type { Execute } from './execute.ts';
import { isTransfer, nextFailure } from './failures.ts';
import {
  GROUPS,
  REMOTES,
  isGroup,
  isRemote,
  planKey,
  type Entry,
  type Key,
  type LocalKind,
} from './objects.ts';
import { plan, type Action, type Step } from './plan.ts';
import type { World } from './world.ts';

export interface ReconcilerDeps {
  readonly world: World;
  readonly execute: Execute;
  readonly clock: Clock;
  readonly log: Logger;
}

interface Running {
  readonly action: Action;
  readonly abort: AbortController;
}

/**
 * Leads everything to where it should be: plans the next step of one key, does it, and plans again, until it is settled
 * or waits. Keys run side by side, steps of one key never. Whatever changes nudges; nothing is polled.
 */
export class Reconciler {
  readonly #deps: ReconcilerDeps;
  readonly #running = new Map<Key, Running>();
  readonly #lanes = new Map<Key, Promise<void>>();
  readonly #blocked = new Set<Key>();
  readonly #alarms = new Map<Key, AbortController>();
  #paused = true;

  constructor(deps: ReconcilerDeps) {
    this.#deps = deps;
  }

  /** Begins to act. Before, nudges are passed over. */
  start(): void {
    this.#paused = false;
    this.nudgeAll();
  }

  nudgeAll(): void {
    for (const entry of this.#deps.world.entries()) this.nudge(planKey(entry.kind, entry.id));
  }

  /** Something about this key may be different: plan it anew, now or when its action has ended. */
  nudge(key: Key): void {
    if (this.#paused) return;
    const running = this.#running.get(key);
    if (running && isInterruptible(running.action) && !this.#entry(key)?.wanted) running.abort.abort();
    if (!this.#lanes.has(key)) this.#lanes.set(key, this.#work(key));
  }

  /** Tries at once what failed for a reason that may be gone: control is back. */
  retryNow(): void {
    for (const entry of this.#deps.world.entries())
      if (entry.failure && !entry.failure.final)
        this.#deps.world.setFailure(entry, { ...entry.failure, retryAt: 0 });
  }

  /** Begins no further action, and resolves when those under way have ended, but for stops: they may take minutes. */
  async stop(): Promise<void> {
    this.#paused = true;
    for (const alarm of this.#alarms.values()) alarm.abort();
    for (const { action, abort } of this.#running.values()) if (isTransfer(action)) abort.abort();
    const isStopping = (key: Key) => this.#running.get(key)?.action.verb === 'stop-workload';
    await Promise.all([...this.#lanes].flatMap(([key, lane]) => (isStopping(key) ? [] : [lane])));
  }

  async #work(key: Key): Promise<void> {
    await Promise.resolve(); // so that the lane is known before it ends, and nudges of one tick are one
    this.#clearAlarm(key);
    this.#blocked.delete(key);
    for (let step = this.#next(key); !this.#paused && step && 'do' in step; step = this.#next(key))
      await this.#act(key, step.do);
    this.#lanes.delete(key);
    if (!this.#paused) this.#rest(key);
  }

  /** What became possible by the last action is looked at again: only what is blocked can have waited for it. */
  async #act(key: Key, action: Action): Promise<void> {
    const { world, execute } = this.#deps;
    const entry = this.#entry(key);
    if (!entry) return;
    const abort = new AbortController();
    this.#running.set(key, { action, abort });
    const begun = performance.now();
    try {
      await execute(entry, action, abort.signal);
      world.setFailure(entry, null);
      this.#deps.log.debug({ key, verb: action.verb, ms: Math.round(performance.now() - begun) }, 'acted');
    } catch (thrown) {
      if (!abort.signal.aborted) this.#fail(entry, action, thrown);
    } finally {
      this.#running.delete(key);
    }
    for (const blocked of this.#blocked) this.nudge(blocked);
  }

  #rest(key: Key): void {
    const step = this.#next(key);
    if (!step || 'settled' in step) return;
    if ('do' in step) this.nudge(key);
    else if (step.until === undefined) this.#blocked.add(key);
    else this.#setAlarm(key, step.until);
  }

  #setAlarm(key: Key, at: number): void {
    const { clock } = this.#deps;
    const alarm = new AbortController();
    this.#clearAlarm(key);
    this.#alarms.set(key, alarm);
    clock.sleep(Math.max(0, at - clock.now().getTime()), alarm.signal).then(
      () => this.nudge(key),
      () => {}, // something else nudged it earlier
    );
  }

  #clearAlarm(key: Key): void {
    this.#alarms.get(key)?.abort();
    this.#alarms.delete(key);
  }

  #next(key: Key): Step | undefined {
    const entry = this.#entry(key);
    return entry && plan(entry, this.#deps.world, this.#deps.clock.now().getTime());
  }

  #entry(key: Key): Entry | undefined {
    const { world } = this.#deps;
    if (key === GROUPS) return world.entries().find(isGroup);
    if (key === REMOTES) return world.entries().find(isRemote);
    const [kind, id] = split(key);
    return world.find(kind, id);
  }

  #fail(entry: Entry, action: Action, thrown: unknown): void {
    const { world, clock, log } = this.#deps;
    const failure = nextFailure(entry, action, { thrown, now: clock.now().getTime() });
    world.setFailure(entry, failure);
    log.warn({ kind: entry.kind, id: entry.id, action: action.verb, ...failure }, 'an action failed');
  }
}

/** Cut short when the object is to go: what waits for others. The rest is quick. */
const isInterruptible = (action: Action): boolean => isTransfer(action) || action.verb === 'stop-workload';

function split(key: Key): [LocalKind, string] {
  const at = key.indexOf(':');
  return [key.slice(0, at) as LocalKind, key.slice(at + 1)];
}
