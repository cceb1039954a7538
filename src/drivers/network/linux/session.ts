import { ExecError, start, type ChildProcess } from '#kernel/exec.ts';

/** A program that carries out line after line, and complains on its stderr. */
export interface LineProgram {
  readonly argv: readonly string[];
  /** What it says to a line that it cannot understand: all that it says to an order comes before. */
  readonly ending: RegExp;
}

const END = 'end-of-order';
const PATIENCE_MS = 30_000;
const ENVIRONMENT = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/nonexistent',
};

/** Not for showing: having shown links, it would show nothing else. */
export const IP: LineProgram = {
  argv: ['ip', '-force', '-batch', '-'],
  ending: /^Object "end-of-order" is unknown.*\nCommand failed -:\d+\n/m,
};

export const BRIDGE_TOOL: LineProgram = {
  argv: ['bridge', '-force', '-batch', '-'],
  ending: /^Object "end-of-order" is unknown.*\nCommand failed -:\d+\n/m,
};

/** A line is a transaction; `include` makes one of a file. */
export const NFT: LineProgram = { argv: ['nft', '-i'], ending: /^Error: .*\nend-of-order\n *\^+\n/m };

/**
 * Such a program, kept running: a line costs the kernel's work alone, a process many times that. One order at a time,
 * which the caller sees to. What it has seen of the machine may be out of date, so its refusal is not the last word.
 */
export class Session {
  readonly #child: ChildProcess;
  readonly #ending: RegExp;
  readonly #ended = Promise.withResolvers<void>();
  #order: PromiseWithResolvers<string> | undefined;
  #heard = '';
  #isOpen = true;

  /** @param into what brings the program into its namespace: it comes before the program's arguments. */
  constructor(program: LineProgram, into: readonly string[]) {
    const [command = '', ...args] = [...into, ...program.argv];
    this.#ending = program.ending;
    this.#child = start(command, args, { stdio: ['pipe', 'ignore', 'pipe'], env: ENVIRONMENT });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => this.#hear(text));
    this.#child.stdin?.on('error', () => {}); // its end is told by `close`
    this.#child.once('error', (cause) => this.#close(new ExecError(command, null, cause.message, cause)));
    this.#child.once('close', (code) => this.#close(new ExecError(command, code, this.#heard)));
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Carries out all lines in order. @returns its complaints, then its word to the end; '' for none. @throws ExecError when it ends before. */
  async run(lines: readonly string[]): Promise<string> {
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), PATIENCE_MS);
    this.#order = Promise.withResolvers();
    this.#child.stdin?.write([...lines, END, ''].join('\n'));
    try {
      return await this.#order.promise;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Resolves when the process is gone, and no longer keeps its namespace. */
  end(): Promise<void> {
    this.#isOpen = false;
    this.#child.kill('SIGKILL');
    return this.#ended.promise;
  }

  #hear(text: string): void {
    this.#heard += text;
    const end = this.#ending.exec(this.#heard);
    if (!end) return;
    this.#order?.resolve(end.index === 0 ? '' : this.#heard);
    this.#heard = '';
  }

  #close(error: ExecError): void {
    this.#isOpen = false;
    this.#order?.reject(error);
    this.#ended.resolve();
  }
}
