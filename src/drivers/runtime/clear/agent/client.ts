import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { constants } from 'node:os';
import { CloudError, badRequest, conflict, notFound } from '#kernel/errors.ts';
import type { TerminalSize } from '../../driver.ts';
import {
  encodeFrame,
  encodeOrder,
  FrameReader,
  FrameType,
  MAX_PAYLOAD,
  number32,
  type Frame,
} from './frames.ts';
import { decodeRecords, encodeRecords, type Records } from './records.ts';

const { ENOENT, ENOTDIR, EACCES, EBUSY, ESRCH, EINVAL } = constants.errno;
const WINDOW = 65_536;

/** What the agent could not do, in its words. */
export class AgentFailure extends Error {
  /** As in errno(3). */
  readonly errno: number;

  constructor(payload: Buffer) {
    super(payload.toString('utf8', 4));
    this.errno = payload.length >= 4 ? payload.readUInt32LE(0) : EINVAL;
  }

  /** The same for whoever asked for it. */
  asAnswer(): CloudError {
    if (this.errno === ENOENT || this.errno === ENOTDIR) return notFound(this.message, { cause: this });
    if (this.errno === EBUSY || this.errno === ESRCH) return conflict(this.message, { cause: this });
    if (this.errno === EINVAL || this.errno === EACCES) return badRequest(this.message, { cause: this });
    return new CloudError('internal', `The machine's agent: ${this.message}`, { cause: this });
  }
}

/** How a command in a machine went. */
export interface CommandEnd {
  /** 128+n for signal n. */
  readonly exitCode: number;
}

/** A command in a machine. It lives no longer than the connection. */
export class MachineCommand {
  readonly #socket: Socket;
  readonly #frames: AsyncGenerator<Frame>;
  /** Rejects with an AgentFailure where nothing was started; null when nobody knows. */
  readonly ended: Promise<CommandEnd | null>;
  readonly #ended = Promise.withResolvers<CommandEnd | null>();
  #room = WINDOW;
  #waiting: PromiseWithResolvers<void> | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.#frames = framesOf(socket);
    this.ended = this.#ended.promise;
    this.ended.catch(() => {});
    socket.once('close', () => this.#waiting?.resolve());
  }

  /** What it says, as it says it; to be read to its end, or hung up. */
  async *output(): AsyncGenerator<Buffer> {
    try {
      for await (const { type, payload } of this.#frames) {
        if (type === FrameType.Exited) return this.#ended.resolve({ exitCode: payload.readUInt32LE(0) });
        if (type === FrameType.Failed) return this.#ended.reject(new AgentFailure(payload));
        if (type === FrameType.Allow) this.#allow(payload.readUInt32LE(0));
        if (type !== FrameType.Output && type !== FrameType.Errors) continue;
        yield payload;
        this.#socket.write(encodeFrame(FrameType.Allow, number32(payload.length)));
      }
    } finally {
      this.#ended.resolve(null);
      this.#socket.destroy();
    }
  }

  /** Resolves when there is room for more, or nobody left to hear it. */
  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length && !this.#socket.destroyed;) {
      if (this.#room === 0) await (this.#waiting ??= Promise.withResolvers<void>()).promise;
      const part = bytes.subarray(at, at + Math.min(this.#room, MAX_PAYLOAD));
      this.#room -= part.length;
      at += part.length;
      if (this.#socket.writable) this.#socket.write(encodeFrame(FrameType.Input, part));
    }
  }

  end(): void {
    if (this.#socket.writable) this.#socket.write(encodeFrame(FrameType.Input));
  }

  resize({ rows, columns }: TerminalSize): void {
    const size = Buffer.alloc(4);
    size.writeUInt16LE(rows, 0);
    size.writeUInt16LE(columns, 2);
    if (this.#socket.writable) this.#socket.write(encodeFrame(FrameType.Resize, size));
  }

  hangUp(): void {
    this.#ended.resolve(null);
    this.#socket.destroy();
  }

  #allow(bytes: number): void {
    this.#room += bytes;
    this.#waiting?.resolve();
    this.#waiting = undefined;
  }
}

/**
 * @param signal hangs it up
 * @throws CloudError `conflict` when nothing runs there.
 */
export async function runCommand(
  socketPath: string,
  process: Records,
  signal?: AbortSignal,
): Promise<MachineCommand> {
  const socket = await connect(socketPath);
  const hangUp = () => socket.destroy();
  signal?.addEventListener('abort', hangUp);
  socket.once('close', () => signal?.removeEventListener('abort', hangUp));
  for (const frame of encodeOrder(FrameType.Exec, encodeRecords(process))) socket.write(frame);
  return new MachineCommand(socket);
}

/**
 * Asks the machine's agent; see `agent/questions.c`.
 * @throws CloudError in the agent's words; `conflict` when nothing runs there
 */
export async function ask(
  socketPath: string,
  what: string,
  details: Records = [],
): Promise<readonly (readonly [name: string, value: Buffer])[]> {
  const socket = await connect(socketPath);
  try {
    for (const frame of encodeOrder(FrameType.Ask, encodeRecords([['what', what], ...details])))
      socket.write(frame);
    const said: Buffer[] = [];
    for await (const { type, payload } of framesOf(socket)) {
      if (type === FrameType.Failed) throw new AgentFailure(payload).asAnswer();
      if (type === FrameType.Began) return decodeRecords(Buffer.concat(said));
      said.push(payload);
    }
    throw conflict('The machine ended before it answered.');
  } finally {
    socket.destroy();
  }
}

async function connect(path: string): Promise<Socket> {
  const socket = createConnection({ path });
  try {
    await once(socket, 'connect');
  } catch (cause) {
    throw conflict('The machine is not running.', { cause });
  }
  return socket.on('error', () => {});
}

async function* framesOf(socket: Socket): AsyncGenerator<Frame> {
  const reader = new FrameReader();
  try {
    for await (const chunk of socket as AsyncIterable<Buffer>) yield* reader.read(chunk);
  } catch (thrown) {
    if (!socket.destroyed) throw thrown;
  }
}

/**
 * Has a machine that was made with `hold` run its order.
 * @throws CloudError in the agent's words
 */
export async function runOrder(socketPath: string): Promise<void> {
  const socket = await connect(socketPath);
  try {
    socket.write(encodeFrame(FrameType.Run));
    for await (const { type, payload } of framesOf(socket)) {
      if (type === FrameType.Failed) throw badRequest(new AgentFailure(payload).message);
      if (type === FrameType.Began) return;
    }
    throw conflict('The machine ended before its workload began.');
  } finally {
    socket.destroy();
  }
}
