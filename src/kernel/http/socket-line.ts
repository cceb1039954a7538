import type { Duplex } from 'node:stream';
import type { RawData, WebSocket } from 'ws';
import { CloudError } from '../errors.ts';
import type { OpenedSocket } from './socket.ts';
import { WholeCharacters } from './whole-characters.ts';

const TARGET_CLOSED = 1000;
const FAILED = 1011;
/** A reason of a close frame may have 123 bytes. */
const MAX_REASON = 120;
const BEAT_MS = 30_000;

/** Joins a WebSocket with a stream until either ends. Both ways, whoever is slow makes the other wait. */
export function joinSocket(
  socket: WebSocket,
  { stream, farewell }: Pick<OpenedSocket, 'stream' | 'farewell'>,
): void {
  const stopBeating = keepAlive(socket);
  socket.on('message', (data: RawData) => take(socket, stream, bytesOf(socket, data)));
  socket.on('error', () => stream.destroy());
  socket.on('close', () => {
    stopBeating();
    stream.destroy();
  });
  void sendAll(socket, stream, farewell);
}

/** No bytes are the end of what is typed. */
function take(socket: WebSocket, stream: Duplex, bytes: Buffer): void {
  if (bytes.length === 0) stream.end();
  else if (stream.writable && !stream.write(bytes)) {
    socket.pause();
    stream.once('drain', () => socket.resume());
  }
}

async function sendAll(socket: WebSocket, stream: Duplex, farewell: OpenedSocket['farewell']): Promise<void> {
  const characters = new WholeCharacters();
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) await send(socket, characters.take(chunk));
    await send(socket, characters.flush());
    const more = (await farewell?.()) ?? '';
    socket.close(TARGET_CLOSED, `Target closed${more && `: ${more}`}`.slice(0, MAX_REASON));
  } catch (thrown) {
    socket.close(FAILED, CloudError.from(thrown).message.slice(0, MAX_REASON));
  }
}

/** Resolves when the client has room for more, also when it has gone. */
function send(socket: WebSocket, bytes: Buffer): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (bytes.length === 0) resolve();
  else socket.send(socket.protocol === 'base64' ? bytes.toString('base64') : bytes, () => resolve());
  return promise;
}

function bytesOf(socket: WebSocket, data: RawData): Buffer {
  const bytes = Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer);
  return socket.protocol === 'base64' ? Buffer.from(bytes.toString('latin1'), 'base64') : bytes;
}

/** A client that answers no ping has gone without a word. */
function keepAlive(socket: WebSocket): () => void {
  let alive = true;
  socket.on('pong', () => (alive = true));
  const timer = setInterval(() => {
    if (!alive) return socket.terminate();
    alive = false;
    socket.ping();
  }, BEAT_MS).unref();
  return () => clearInterval(timer);
}
