import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import type { WebSocket } from 'ws';
import { unavailable } from '#kernel/errors.ts';

export interface ConsoleStreams {
  /** What is typed; null = nothing, from the beginning. Its end is the end of the process's input. */
  readonly input: Readable | null;
  readonly output: Writable;
  /** Told when the console is open. */
  readonly opened?: () => void;
  /** Leaves the console; the container goes on. */
  readonly signal?: AbortSignal;
}

/** No bytes are the end of what is typed. */
const END = Buffer.alloc(0);
const NORMAL = 1000;
/** Bytes that wait to be sent before the reader of what is typed is made to wait. */
const MAX_BUFFERED = 1 << 20;

/**
 * Carries a console's bytes over its WebSocket until the process ends.
 * @returns its exit code; undefined when it was left, or the cloud does not tell. @throws CloudError `unavailable` when the line was lost.
 */
export async function joinConsole(
  url: string,
  { input, output, opened, signal }: ConsoleStreams,
): Promise<number | undefined> {
  const ws = await import('ws');
  const socket = new ws.WebSocket(url, ['binary']);
  const closed = once(socket, 'close');
  socket.on('message', (data: Buffer) => {
    if (output.write(data)) return;
    socket.pause();
    output.once('drain', () => socket.resume());
  });
  await once(socket, 'open').catch((cause: unknown) => {
    throw unavailable(`The console did not open: ${(cause as Error).message}`, { cause });
  });
  socket.on('error', () => {}); // its close says it
  opened?.();
  signal?.addEventListener('abort', () => socket.close(NORMAL));
  if (input === null) socket.send(END);
  else void sendInput(socket, input);
  const [code, reason] = (await closed) as [number, Buffer];
  if (code !== NORMAL) throw unavailable(String(reason) || 'The line to the container was lost.');
  const exit = /exit code (-?\d+)/.exec(String(reason))?.[1];
  return exit === undefined ? undefined : Number(exit);
}

async function sendInput(socket: WebSocket, input: Readable): Promise<void> {
  try {
    for await (const chunk of input as AsyncIterable<Buffer>) {
      if (socket.readyState !== socket.OPEN) return;
      if (chunk.length > 0) await sendOne(socket, chunk);
    }
    socket.send(END);
  } catch {
    socket.close(NORMAL); // what is typed can be read no further
  }
}

/** Resolves at once while few bytes wait. */
function sendOne(socket: WebSocket, chunk: Buffer): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.send(chunk, () => resolve());
  return socket.bufferedAmount < MAX_BUFFERED ? Promise.resolve() : promise;
}
