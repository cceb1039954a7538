import { Broadcast } from './broadcast.ts';
import type { RuntimeEvent, WorkloadState } from './driver.ts';

/** Tells what is true now; one at a time per workload, so that a later event never tells an older truth. */
export class Announcer {
  readonly #look: (id: string) => Promise<WorkloadState>;
  readonly #events = new Broadcast<RuntimeEvent>();
  readonly #turns = new Map<string, Promise<void>>();

  constructor(look: (id: string) => Promise<WorkloadState>) {
    this.#look = look;
  }

  subscribe(signal: AbortSignal): AsyncIterable<RuntimeEvent> {
    return this.#events.subscribe(signal);
  }

  async announce(id: string): Promise<void> {
    const turn = this.#tell(id, this.#turns.get(id));
    this.#turns.set(id, turn);
    try {
      await turn;
    } finally {
      if (this.#turns.get(id) === turn) this.#turns.delete(id);
    }
  }

  close(): void {
    this.#events.close();
  }

  async #tell(id: string, before?: Promise<void>): Promise<void> {
    await before?.catch(() => {});
    this.#events.send({ id, state: await this.#look(id) });
  }
}
