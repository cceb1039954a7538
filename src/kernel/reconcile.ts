import type { Clock } from './clock.ts';
import type { Reconciler } from './http/service.ts';
import type { Logger } from './log.ts';

/** Runs reconcilers at start and then each in its own rhythm, one run of each at a time. A failed run is logged and comes again. */
export class ReconcileLoop {
  readonly #reconcilers: readonly Reconciler[];
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #stop = new AbortController();

  constructor(reconcilers: readonly Reconciler[], deps: { clock: Clock; log: Logger }) {
    this.#reconcilers = reconcilers;
    this.#clock = deps.clock;
    this.#log = deps.log;
  }

  /** Resolves when every reconciler has run once: before the first request is taken. */
  async start(): Promise<void> {
    for (const reconciler of this.#reconcilers) await this.#run(reconciler);
    for (const reconciler of this.#reconcilers)
      if (Number.isFinite(reconciler.every)) void this.#repeat(reconciler);
  }

  stop(): void {
    this.#stop.abort();
  }

  async #repeat(reconciler: Reconciler): Promise<void> {
    while (!this.#stop.signal.aborted) {
      await this.#clock.sleep(reconciler.every * 1000, this.#stop.signal).catch(() => {});
      if (!this.#stop.signal.aborted) await this.#run(reconciler);
    }
  }

  async #run(reconciler: Reconciler): Promise<void> {
    try {
      await reconciler.run(this.#stop.signal);
    } catch (err) {
      this.#log.error({ err, reconciler: reconciler.name }, 'reconciler failed');
    }
  }
}
