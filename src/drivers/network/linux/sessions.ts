import { Serial } from '#kernel/serial.ts';
import { Session, type LineProgram } from './session.ts';

const IDLE_MS = 1_000;
/** nft(8) keeps every line that it was told. */
const LONGEST = 1_000;

/** A session and when it ends. */
interface Open {
  readonly session: Session;
  readonly idle: NodeJS.Timeout;
  orders: number;
}

/** The sessions of one program, one per namespace: begun when there is something to do, ended when there is nothing for a while. */
export class Sessions {
  readonly #program: LineProgram;
  readonly #serial = new Serial();
  readonly #open = new Map<string, Open>();

  constructor(program: LineProgram) {
    this.#program = program;
  }

  /**
   * Carries out lines in the namespace of that key.
   * @param into how a session gets there. @returns its complaints. @throws ExecError when it cannot be told.
   */
  run(key: string, into: readonly string[], lines: readonly string[]): Promise<string> {
    return this.#serial.run(key, async () => {
      if (!this.#open.get(key)?.session.isOpen) await this.#end(key); // it died meanwhile
      const open = this.#open.get(key) ?? this.#begin(key, into);
      open.orders += 1;
      let complaints = 'it has ended';
      try {
        complaints = await open.session.run(lines);
        return complaints;
      } finally {
        // What complains may know the machine as it was: the next one looks anew.
        if (complaints || open.orders === LONGEST) await this.#end(key);
        else open.idle.refresh();
      }
    });
  }

  /** Resolves when nothing here keeps the namespace any more. */
  end(key: string): Promise<void> {
    return this.#serial.run(key, () => this.#end(key));
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open.keys()].map((key) => this.end(key)));
  }

  #begin(key: string, into: readonly string[]): Open {
    const session = new Session(this.#program, into);
    const idle = setTimeout(() => void this.end(key), IDLE_MS).unref();
    const open = { session, idle, orders: 0 };
    this.#open.set(key, open);
    return open;
  }

  async #end(key: string): Promise<void> {
    const open = this.#open.get(key);
    this.#open.delete(key);
    clearTimeout(open?.idle);
    await open?.session.end();
  }
}
