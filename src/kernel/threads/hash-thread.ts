import { createHash, type Hash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { setPriority } from 'node:os';
import { parentPort, type MessagePort } from 'node:worker_threads';
import type { Algorithm, HashAnswer, HashOrder } from './hash-protocol.ts';

/**
 * The thread of a `FileHasher`: reads what there is of its files, a piece of each in turn, so that a big one does not hold
 * up a small one. One buffer serves all.
 */

const PIECE = Buffer.allocUnsafe(1 << 20);
/** Below the threads that answer requests. */
const NICE = 5;

class HashedFile {
  readonly #file: number;
  readonly #hash: Hash;
  #done = 0;
  #size = 0;
  #isWhole = false;

  constructor(path: string, algorithm: Algorithm) {
    this.#file = openSync(path, 'r');
    this.#hash = createHash(algorithm);
  }

  grow(size: number, isWhole: boolean): void {
    this.#size = size;
    this.#isWhole = isWhole;
  }

  get isBehind(): boolean {
    return this.#done < this.#size;
  }

  /** Null while more may come. */
  get digest(): string | null {
    return this.#isWhole && !this.isBehind ? this.#hash.digest('hex') : null;
  }

  readPiece(): void {
    const length = Math.min(PIECE.length, this.#size - this.#done);
    const count = readSync(this.#file, PIECE, 0, length, this.#done);
    if (count === 0) throw new Error(`A file ended after ${this.#done} of ${this.#size} bytes.`);
    this.#hash.update(PIECE.subarray(0, count));
    this.#done += count;
  }

  close(): void {
    closeSync(this.#file);
  }
}

class HashThread {
  readonly #port: MessagePort;
  readonly #files = new Map<number, HashedFile>();
  #isTurning = false;

  constructor(port: MessagePort) {
    this.#port = port;
    port.on('message', (order: HashOrder) => this.#take(order));
  }

  #take(order: HashOrder): void {
    const { job } = order;
    if (order.type === 'drop') this.#forget(job);
    else if (order.type !== 'begin') this.#files.get(job)?.grow(order.size, order.type === 'end');
    else this.#trying(job, () => void this.#files.set(job, new HashedFile(order.path, order.algorithm)));
    if (!this.#isTurning) this.#turn();
  }

  /** One piece of every file that is behind; orders are taken between the turns. */
  #turn(): void {
    for (const [job, file] of this.#files) this.#trying(job, () => this.#advance(job, file));
    this.#isTurning = this.#files.values().some((file) => file.isBehind);
    if (this.#isTurning) setImmediate(() => this.#turn());
  }

  #advance(job: number, file: HashedFile): void {
    if (file.isBehind) file.readPiece();
    const { digest } = file;
    if (digest !== null) this.#answer({ job, digest });
  }

  #trying(job: number, work: () => void): void {
    try {
      work();
    } catch (thrown) {
      this.#answer({ job, thrown });
    }
  }

  #answer(answer: HashAnswer): void {
    this.#forget(answer.job);
    this.#port.postMessage(answer);
  }

  #forget(job: number): void {
    this.#files.get(job)?.close();
    this.#files.delete(job);
  }
}

setPriority(NICE); // of this thread alone: Linux counts priorities by thread
if (parentPort) new HashThread(parentPort);
