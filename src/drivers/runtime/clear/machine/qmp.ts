import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { CloudError } from '#kernel/errors.ts';

interface QmpMessage {
  readonly return?: unknown;
  readonly error?: { readonly class: string; readonly desc: string };
  readonly event?: string;
}

/** QEMU's monitor: one command at a time, answers in order. QEMU QMP Reference Manual. */
export class Qmp {
  readonly #socket: Socket;
  readonly #waiting: PromiseWithResolvers<unknown>[] = [];

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('error', () => {});
    createInterface({ input: socket }).on('line', (line) => this.#hear(JSON.parse(line) as QmpMessage));
    socket.once('close', () => {
      for (const { reject } of this.#waiting.splice(0))
        reject(new CloudError('internal', 'QEMU closed its monitor.'));
    });
  }

  /** @throws CloudError `internal` in QEMU's words. */
  async run(execute: string, args: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    const answer = Promise.withResolvers<unknown>();
    this.#waiting.push(answer);
    this.#socket.write(qmpCommand(execute, args));
    return answer.promise;
  }

  #hear(message: QmpMessage): void {
    if (message.error)
      this.#waiting.shift()?.reject(new CloudError('internal', `QEMU: ${message.error.desc}`));
    else if ('return' in message) this.#waiting.shift()?.resolve(message.return);
  }
}

export const qmpCommand = (execute: string, args: Readonly<Record<string, unknown>> = {}): string =>
  `${JSON.stringify({ execute, arguments: args })}\n`;

/** Guest memory stays in its file: only the devices go through the stream. */
export const IGNORE_SHARED = [
  'migrate-set-capabilities',
  { capabilities: [{ capability: 'x-ignore-shared', state: true }] },
] as const;
