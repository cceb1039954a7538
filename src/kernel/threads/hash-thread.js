import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';

/**
 * The thread of a `FileHasher`: reads what there is of its files, a piece of each in turn, so that a big one does not hold
 * up a small one. One buffer serves all. The one file in JavaScript: a thread that strips types takes 10 MB and 100 ms more.
 */

const PIECE = Buffer.allocUnsafe(1 << 20);

class HashedFile {
  #file;
  #hash;
  #done = 0;
  #size = 0;
  #isWhole = false;

  constructor(path, algorithm) {
    this.#file = openSync(path, 'r');
    this.#hash = createHash(algorithm);
  }

  grow(size, isWhole) {
    this.#size = size;
    this.#isWhole = isWhole;
  }

  get isBehind() {
    return this.#done < this.#size;
  }

  /** Null while more may come. */
  get digest() {
    return this.#isWhole && !this.isBehind ? this.#hash.digest('hex') : null;
  }

  readPiece() {
    const length = Math.min(PIECE.length, this.#size - this.#done);
    const count = readSync(this.#file, PIECE, 0, length, this.#done);
    if (count === 0) throw new Error(`A file ended after ${this.#done} of ${this.#size} bytes.`);
    this.#hash.update(PIECE.subarray(0, count));
    this.#done += count;
  }

  close() {
    closeSync(this.#file);
  }
}

class HashThread {
  #port;
  /** By job. @type {Map<number, HashedFile>} */
  #files = new Map();
  #isTurning = false;

  constructor(port) {
    this.#port = port;
  }

  /** @param {import('./hash-protocol.ts').HashOrder} order */
  take(order) {
    const { job } = order;
    if (order.type === 'drop') this.#forget(job);
    else if (order.type !== 'begin') this.#files.get(job)?.grow(order.size, order.type === 'end');
    else this.#trying(job, () => void this.#files.set(job, new HashedFile(order.path, order.algorithm)));
    if (!this.#isTurning) this.#turn();
  }

  /** One piece of every file that is behind; orders are taken between the turns. */
  #turn() {
    for (const [job, file] of this.#files) this.#trying(job, () => this.#advance(job, file));
    this.#isTurning = this.#files.values().some((file) => file.isBehind);
    if (this.#isTurning) setImmediate(() => this.#turn());
  }

  #advance(job, file) {
    if (file.isBehind) file.readPiece();
    const { digest } = file;
    if (digest !== null) this.#answer({ job, digest });
  }

  #trying(job, work) {
    try {
      work();
    } catch (thrown) {
      this.#answer({ job, thrown });
    }
  }

  /** @param {import('./hash-protocol.ts').HashAnswer} answer */
  #answer(answer) {
    this.#forget(answer.job);
    this.#port.postMessage(answer, []);
  }

  #forget(job) {
    this.#files.get(job)?.close();
    this.#files.delete(job);
  }
}

const thread = new HashThread(parentPort);
parentPort.on('message', (order) => thread.take(order));
