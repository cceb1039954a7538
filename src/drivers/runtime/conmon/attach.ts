import { stat, writeFile } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { conflict } from '#kernel/errors.ts';
import { start } from '#kernel/exec.ts';
import { consoleStream } from '../consoles/stream.ts';
import type { Console, RuntimeEvent, TerminalSize } from '../driver.ts';
import type { HandleData } from './handle.ts';
import type { WorkloadLayout } from './layout.ts';
import { followBytes } from './logs.ts';

/**
 * The workload's own input and output. What it writes is read from its log, so a slow reader never holds it up, and nothing is lost
 * when the node starts again; what is typed goes to the socket on which conmon takes input.
 * @throws CloudError `conflict` for one that keeps no log.
 * @param events of the workload from before it was seen to run.
 */
export async function joinWorkload(
  paths: WorkloadLayout,
  handle: HandleData,
  events: { readonly ends: Promise<RuntimeEvent | undefined>; readonly left: AbortController },
): Promise<Console> {
  if (handle.silent) throw conflict('A workload that keeps no log cannot be joined.');
  const from = (await stat(paths.log)).size;
  const last = new AbortController();
  const ended = events.ends.then((event) => {
    last.abort();
    return event?.state.exitCode ?? null;
  });
  const input = handle.stdin ? inputOf(paths) : NO_INPUT;
  const stream = consoleStream({
    output: followBytes(paths.log, { from, last: last.signal, signal: events.left.signal }),
    write: input.write,
    end: handle.stdinOnce ? input.end : () => {}, // others may go on typing
    hangUp: () => {
      events.left.abort();
      input.close();
    },
  });
  return { stream, ended, resize: (size) => (handle.tty ? resizeWorkload(paths, size) : Promise.resolve()) };
}

/** Told to conmon, which has the terminal. */
export const resizeWorkload = (paths: WorkloadLayout, { rows, columns }: TerminalSize): Promise<void> =>
  writeFile(paths.ctl, `1 ${rows} ${columns}\n`, { flag: 'r+' });

interface Input {
  readonly write: (bytes: Uint8Array) => Promise<void>;
  /** The workload is told that nothing more comes. */
  readonly end: () => void;
  readonly close: () => void;
}

const NO_INPUT: Input = { write: () => Promise.resolve(), end: () => {}, close: () => {} };

/** conmon's socket is one of packets, which Node.js has none of; socat speaks to it, from the first key on. What it says there is in the log. */
function inputOf(paths: WorkloadLayout): Input {
  let socket: Writable | undefined;
  const open = (): Writable => {
    const child = start('socat', ['STDIO', 'UNIX-CONNECT:attach,type=5'], {
      cwd: paths.dir,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    child.on('error', () => {});
    const stdin = child.stdin as Writable;
    return stdin.on('error', () => {}); // the workload has ended
  };
  return {
    write: (bytes) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      socket ??= open();
      if (socket.writable) socket.write(bytes, () => resolve());
      else resolve();
      return promise;
    },
    end: () => void (socket ??= open()).end(),
    close: () => void socket?.end(),
  };
}
