import { once } from 'node:events';
import { mkdir, open, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CloudError } from '#kernel/errors.ts';
import { exec, start, type ExecResult } from '#kernel/exec.ts';

export interface CommandPlace {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Where things are built: commands get the processor and the disk when nobody else wants them, and all they print is in one log. */
export class Workshop {
  readonly #deps: { readonly log: string; readonly signal: AbortSignal };

  constructor(deps: { readonly log: string; readonly signal: AbortSignal }) {
    this.#deps = deps;
  }

  get signal(): AbortSignal {
    return this.#deps.signal;
  }

  /** @throws CloudError `internal` with the place of the log when it fails, `conflict` when it was stopped. */
  async run(command: string, args: readonly string[], { cwd, env = {} }: CommandPlace = {}): Promise<void> {
    const { log, signal } = this.#deps;
    await mkdir(dirname(log), { recursive: true });
    const output = await open(log, 'a', 0o640);
    try {
      await output.write(`$ ${[command, ...args].join(' ')}\n`);
      refuseWhenStopped(signal);
      const child = start('setpriv', [...MODEST, 'env', ...variables(env), command, ...args], {
        stdio: ['ignore', output.fd, output.fd],
        ...(cwd === undefined ? {} : { cwd }),
      });
      const stop = () => void child.kill('SIGTERM'); // make and ninja end their children, and drop what is half written
      signal.addEventListener('abort', stop);
      const [code] = (await once(child, 'close').finally(() =>
        signal.removeEventListener('abort', stop),
      )) as [number | null];
      refuseWhenStopped(signal);
      if (code !== 0) throw new CloudError('internal', `${command} failed: the end of ${log} says why.`);
    } finally {
      await output.close();
    }
  }

  /** A command whose output is wanted. */
  read(command: string, args: readonly string[], { cwd, env = {} }: CommandPlace = {}): Promise<ExecResult> {
    return exec('env', ['LC_ALL=C', ...variables(env), command, ...args], {
      maxOutput: 64 << 20,
      timeout: 120_000,
      signal: this.#deps.signal,
      ...(cwd === undefined ? {} : { cwd }),
    });
  }
}

/** A build ends with us however we end: nobody else would use what it makes. */
const MODEST = ['--pdeathsig', 'TERM', 'nice', '-n', '19', 'ionice', '-c', '3'] as const;

const variables = (env: Readonly<Record<string, string>>): readonly string[] =>
  Object.entries(env).map(([name, value]) => `${name}=${value}`);

function refuseWhenStopped(signal: AbortSignal): void {
  if (signal.aborted) throw new CloudError('conflict', 'It was stopped; the next run goes on from here.');
}

/** Bytes that are free where `directory` is. */
export async function freeBytes(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize;
}
