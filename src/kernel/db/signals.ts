import { AsyncLocalStorage } from 'node:async_hooks';
import type { Kysely } from 'kysely';
import type { Clock } from '../clock.ts';
import { newUuid } from '../ids.ts';
import type { Logger } from '../log.ts';

/** How processes on one database reach each other: what an engine brings. */
export interface Wire {
  /** Sends when the transaction of the executor commits, to every listener. */
  send(db: Kysely<unknown>, text: string): Promise<void>;
  /** Connects. `lost` resolves when the line has ended; what is sent until the next `open` is not heard. */
  open(heard: (text: string) => void): Promise<Line>;
}

export interface Line {
  readonly lost: Promise<void>;
  close(): Promise<void>;
}

export interface Listener {
  /** Another process said something. */
  heard(payload: string): void;
  /** The line was down: anything may have been said. Called before the first signal after that. */
  missed(): void;
}

interface Message {
  readonly from: string;
  readonly channel: string;
  readonly payload: string;
}

const RECONNECT_MS = 1_000;

/**
 * Tells the other control processes on the same database that something changed. Its laws:
 *
 * 1. A signal is sent in the transaction of the change: it is heard when that has committed, or never.
 * 2. It goes to others. One's own caches one tells oneself, after the commit, and so without waiting.
 * 3. It is a hint: it saves the wait for a sweep, and may be lost with the connection. When that is back, every listener is
 *    told that it may have missed something.
 * 4. Where there can be one process alone (SQLite), nothing is sent and nothing is connected.
 */
export class Signals {
  readonly #wire: Wire | null;
  readonly #self = newUuid();
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #stop = new AbortController();
  /** Listeners run outside of whatever request or transaction happened to start the line. */
  readonly #outside = AsyncLocalStorage.snapshot();
  #line: Line | undefined;
  #following: Promise<void> = Promise.resolve();

  constructor(wire: Wire | null) {
    this.#wire = wire;
  }

  /** Whether there can be other processes. */
  get shared(): boolean {
    return this.#wire !== null;
  }

  /** Says something on a channel, in the transaction of what it tells of. `payload` is short: some ids at most. */
  async send<Tables>(tx: Kysely<Tables>, channel: string, payload = ''): Promise<void> {
    const message: Message = { from: this.#self, channel, payload };
    await this.#wire?.send(tx as unknown as Kysely<unknown>, JSON.stringify(message));
  }

  /** @returns what ends it. */
  listen(channel: string, listener: Listener): () => void {
    const listeners = this.#listeners.get(channel) ?? new Set();
    this.#listeners.set(channel, listeners.add(listener));
    return () => void listeners.delete(listener);
  }

  /** Connects, and keeps the connection until `stop`. @throws when the first attempt fails. */
  async start(deps: { readonly clock: Clock; readonly log: Logger }): Promise<void> {
    if (!this.#wire) return;
    this.#line = await this.#open(this.#wire);
    this.#following = this.#outside(() => this.#follow(this.#wire as Wire, deps));
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#line?.close();
    await this.#following;
  }

  async #follow(wire: Wire, { clock, log }: { clock: Clock; log: Logger }): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await this.#line?.lost;
      while (!signal.aborted) {
        await clock.sleep(RECONNECT_MS, signal).catch(() => {});
        if (await this.#reopen(wire, log)) break;
      }
    }
  }

  async #reopen(wire: Wire, log: Logger): Promise<boolean> {
    if (this.#stop.signal.aborted) return true;
    try {
      this.#line = await this.#open(wire);
      if (this.#stop.signal.aborted) await this.#line.close();
    } catch (err) {
      log.warn({ err }, 'no line to the other control processes: changes are found by sweeps');
      return false;
    }
    for (const listeners of this.#listeners.values()) for (const listener of listeners) listener.missed();
    return true;
  }

  #open(wire: Wire): Promise<Line> {
    return wire.open((text) => this.#hear(text));
  }

  #hear(text: string): void {
    const { from, channel, payload } = JSON.parse(text) as Message;
    if (from === this.#self) return;
    for (const listener of this.#listeners.get(channel) ?? []) listener.heard(payload);
  }
}
