import { PassThrough, Transform, type Readable, type Writable } from 'node:stream';
import { CloudError } from '#kernel/errors.ts';
import { joinConsole } from '../../sdk/console.ts';
import type { ConsoleOffer, Containers } from '../../sdk/containers.ts';

export interface Talk {
  readonly containers: Containers;
  readonly ref: string;
  /** Whether what is typed goes to the process. */
  readonly input: boolean;
  /** Whether the process has a terminal. */
  readonly tty: boolean;
  /** What it wrote before the console was open. */
  readonly before?: () => Promise<string>;
}

/** How a talk ended. Of a process whose exit code the cloud does not tell, there is none. */
export interface Ending {
  readonly exitCode: number | undefined;
  /** By the person, who typed the keys for it: the process goes on. */
  readonly detached: boolean;
}

/** Lends this terminal to a process far away. */
export async function talk(
  offer: ConsoleOffer,
  { containers, ref, input, tty, before }: Talk,
): Promise<Ending> {
  const { stdin, stdout } = process;
  if (input && tty && !stdin.isTTY)
    throw new CloudError('bad-request', 'The input is no terminal: leave -t out.');
  const raw = input && tty;
  const left = new AbortController();
  const output = new PassThrough();
  const resize = () => void tell(containers, ref, offer);
  if (raw) stdin.setRawMode(true);
  try {
    const exitCode = await joinConsole(offer.url, {
      input: input ? typed(stdin, raw, () => left.abort()) : null,
      output,
      signal: left.signal,
      opened: () => {
        void show(output, stdout, before);
        if (!tty) return;
        stdout.on('resize', resize);
        resize();
      },
    });
    return { exitCode, detached: left.signal.aborted };
  } finally {
    stdout.off('resize', resize);
    if (raw) stdin.setRawMode(false);
    stdin.destroy();
  }
}

/** First what was before, without what comes again. */
async function show(output: PassThrough, stdout: Writable, before: Talk['before']): Promise<void> {
  const text = (await before?.().catch(() => '')) ?? '';
  const come = String((output.read() as Buffer | null) ?? '');
  stdout.write(text + come.slice(overlap(text, come)));
  output.pipe(stdout, { end: false });
}

/** How much of the beginning of the second is the end of the first. */
export function overlap(first: string, second: string): number {
  for (let length = Math.min(first.length, second.length); length > 0; length--)
    if (first.endsWith(second.slice(0, length))) return length;
  return 0;
}

/** Once larger and back: a shell that finds another size draws its line anew, which tells who joins where they are. */
async function tell(containers: Containers, ref: string, offer: ConsoleOffer): Promise<void> {
  const { rows, columns, isTTY } = process.stdout;
  if (!isTTY) return;
  const sizes = offer.execId === null ? [{ rows, columns: columns + 1 }] : [];
  for (const size of [...sizes, { rows, columns }]) await containers.resize(ref, offer, size).catch(() => {}); // it may have ended
}

const typed = (stdin: Readable, raw: boolean, detach: () => void): Readable =>
  stdin.pipe(raw ? detachKeys(detach) : new PassThrough());

const CTRL_P = 0x10;
const CTRL_Q = 0x11;

/** Passes on what is typed until ctrl-p ctrl-q. A ctrl-p alone is passed on with what follows it. */
export function detachKeys(detach: () => void): Transform {
  let held = false;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const bytes: number[] = [];
      for (const byte of chunk) {
        if (held && byte === CTRL_Q) {
          this.push(Buffer.from(bytes));
          detach();
          return done();
        }
        if (held) bytes.push(CTRL_P);
        held = byte === CTRL_P;
        if (!held) bytes.push(byte);
      }
      done(null, Buffer.from(bytes));
    },
  });
}
