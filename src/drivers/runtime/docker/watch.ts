import type { Clock } from '#kernel/clock.ts';
import { messageOf } from '#kernel/errors.ts';
import type { Logger } from '#kernel/log.ts';
import type { Engine } from './engine.ts';
import { ID_LABEL, ROLE_LABEL } from './handle.ts';

export interface WatchDeps {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly log: Logger;
  /** Something has happened to this workload. */
  readonly changed: (id: string) => void;
  /** Events may have been missed. */
  readonly reopened: () => void;
}

interface EngineEvent {
  readonly Action: string;
  readonly Actor: { readonly Attributes: Readonly<Record<string, string>> };
}

const CHANGES: ReadonlySet<string> = new Set(['start', 'die', 'oom', 'pause', 'unpause', 'destroy']);
const FILTERS = JSON.stringify({ type: ['container'], label: [ID_LABEL] });
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 10_000;

/** Docker's event stream: opened once, opened again when it breaks. */
export class Watch {
  readonly #deps: WatchDeps;
  readonly #closed = new AbortController();
  readonly #commands = new Map<string, (exitCode: number) => void>();
  #opening: Promise<void> | undefined;
  #isKeeping = false;

  constructor(deps: WatchDeps) {
    this.#deps = deps;
  }

  /** Resolves when every event from now on is seen. @throws CloudError `unavailable` */
  open(): Promise<void> {
    this.#opening ??= this.#connect().catch((thrown: unknown) => {
      this.#opening = undefined;
      throw thrown;
    });
    return this.#opening;
  }

  /** Opens it however long Docker is away, and tells that it was. */
  keep(): void {
    if (this.#isKeeping) return;
    this.#isKeeping = true;
    void this.#keep().finally(() => (this.#isKeeping = false));
  }

  /** The end of a command that is not started yet; never, when Docker goes away meanwhile. */
  command(id: string): { readonly ended: Promise<number>; readonly forget: () => void } {
    const { promise, resolve } = Promise.withResolvers<number>();
    this.#commands.set(id, resolve);
    return { ended: promise, forget: () => void this.#commands.delete(id) };
  }

  close(): void {
    this.#closed.abort();
  }

  async #connect(): Promise<void> {
    const stream = await this.#deps.engine.stream('/events', { filters: FILTERS }, this.#closed.signal);
    void this.#read(stream).finally(() => {
      this.#opening = undefined;
      this.keep();
    });
  }

  async #keep(): Promise<void> {
    const { clock, log, reopened } = this.#deps;
    for (let pause = FIRST_PAUSE_MS; !this.#closed.signal.aborted; pause *= 2) {
      try {
        await this.open();
        return reopened();
      } catch (thrown) {
        if (pause === FIRST_PAUSE_MS && !this.#closed.signal.aborted)
          log.warn({ why: messageOf(thrown) }, 'Docker tells no events for now');
      }
      await clock.sleep(Math.min(pause, LONGEST_PAUSE_MS), this.#closed.signal).catch(() => {});
    }
  }

  async #read(stream: AsyncIterable<Uint8Array>): Promise<void> {
    let rest = '';
    try {
      for await (const chunk of stream) {
        const lines = (rest + Buffer.from(chunk).toString()).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) if (line !== '') this.#take(JSON.parse(line) as EngineEvent);
      }
    } catch (thrown) {
      if (!this.#closed.signal.aborted)
        this.#deps.log.warn({ why: messageOf(thrown) }, 'Docker tells no events for now');
    }
  }

  #take({ Action, Actor: { Attributes: told } }: EngineEvent): void {
    if (Action === 'exec_die') this.#commands.get(told['execID'] ?? '')?.(Number(told['exitCode']));
    const id = told[ID_LABEL];
    if (id !== undefined && told[ROLE_LABEL] === 'workload' && CHANGES.has(Action)) this.#deps.changed(id);
  }
}
