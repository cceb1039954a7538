import type { Duplex } from 'node:stream';
import { Bell } from '#kernel/bell.ts';
import { consoleStream } from '../consoles/stream.ts';
import type { Console, RuntimeEvent, TerminalSize } from '../driver.ts';
import type { Engine } from './engine.ts';
import { written, type ExecDeps } from './exec.ts';
import { bytesOf } from './frames.ts';
import { namesOf, type HandleData } from './handle.ts';

/** What a reader may be behind before it misses something. */
const BEHIND = 1 << 20;

/** The news of an end may come after the last words; and never, when Docker alone has gone. */
const GRACE_MS = 1000;

/** The workload's own input and output, through Docker's API. @param events of the workload from before it was seen to run */
export async function joinWorkload(
  { engine, clock }: Pick<ExecDeps, 'engine' | 'clock'>,
  handle: HandleData,
  events: { readonly ends: Promise<RuntimeEvent | undefined>; readonly left: AbortController },
): Promise<Console> {
  const { id, tty, stdin, stdinOnce } = handle;
  const options = { stream: true, stdin, stdout: true, stderr: true, hijack: true };
  const socket = (await engine.ask((docker) =>
    docker.getContainer(namesOf(id).workload).attach(options),
  )) as Duplex;
  socket.on('error', () => {}); // told by its end
  const stream = consoleStream({
    output: endingAfter(neverWaiting(bytesOf(socket, tty)), () =>
      Promise.race([events.ends, clock.sleep(GRACE_MS)]),
    ),
    write: (bytes) => (stdin ? written(socket, bytes) : Promise.resolve()),
    end: () => void (stdinOnce && socket.end()), // else others may go on typing
    hangUp: () => {
      events.left.abort();
      socket.destroy();
    },
  });
  return {
    stream,
    ended: events.ends.then((event) => event?.state.exitCode ?? null),
    resize: (size) => (tty ? resizeWorkload(engine, id, size) : Promise.resolve()),
  };
}

export const resizeWorkload = (engine: Engine, id: string, { rows, columns }: TerminalSize): Promise<void> =>
  engine.ask((docker) => docker.getContainer(namesOf(id).workload).resize({ h: rows, w: columns }));

async function* endingAfter(
  source: AsyncIterable<Uint8Array>,
  last: () => Promise<unknown>,
): AsyncGenerator<Uint8Array> {
  yield* source;
  await last();
}

/** Docker holds the workload up for a reader who is slow: so this reads on, and drops what nobody took in time. */
async function* neverWaiting(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const waiting: Uint8Array[] = [];
  const changed = new Bell();
  let size = 0;
  let over = false;
  const reading = async (): Promise<void> => {
    for await (const chunk of source) {
      if (size < BEHIND) size += waiting.push(chunk) && chunk.length;
      changed.ring();
    }
  };
  void reading()
    .catch(() => {}) // hung up
    .finally(() => {
      over = true;
      changed.ring();
    });
  for (;;) {
    const { rung } = changed;
    const chunk = waiting.shift();
    if (chunk) {
      size -= chunk.length;
      yield chunk;
    } else if (over) return;
    else await rung;
  }
}
