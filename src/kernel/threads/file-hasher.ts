import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import type { Algorithm, HashAnswer, HashOrder } from './hash-protocol.ts';

/** Files up to here are hashed where the caller is: asking a thread would take longer. */
const SMALL = 1 << 20;
/** A thread that has had no work for so long ends: each takes 12 MB. */
const IDLE_MS = 60_000;
/** Kept, because control may not read its own program any more when it needs a thread. */
const PROGRAM = asUrl(readFileSync(new URL('hash-thread.js', import.meta.url), 'utf8'));
/** Of a thread. */
const SMALL_HEAP = { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 32 };

/**
 * Hashes files beside the event loop, also while they are being written: one thread for each algorithm, shared by all
 * files, each taking in turn what there is of them. Bytes are read back from the file, which the system still has in
 * memory, so that nothing piles up here when hashing is slower than writing. Threads start when they are first needed.
 */
export class FileHasher {
  readonly #threads = new Map<Algorithm, HashThread>();

  /** @param path a file that is there already */
  follow<A extends Algorithm>(path: string, algorithms: readonly A[]): FollowedFile<A> {
    return new FollowedFile(path, algorithms, (algorithm) => this.#thread(algorithm));
  }

  /** Of a file that is whole. @throws the signal's reason */
  async hash<A extends Algorithm>(
    path: string,
    { size, algorithms, signal }: { size: number; algorithms: readonly A[]; signal?: AbortSignal },
  ): Promise<Record<A, string>> {
    using file = this.follow(path, algorithms);
    const stop = () => file.drop(signal?.reason);
    signal?.throwIfAborted();
    signal?.addEventListener('abort', stop, { once: true });
    try {
      return await file.digests(size);
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  }

  #thread(algorithm: Algorithm): HashThread {
    const known = this.#threads.get(algorithm);
    if (known) return known;
    const thread: HashThread = new HashThread(() => {
      if (this.#threads.get(algorithm) === thread) this.#threads.delete(algorithm);
    });
    this.#threads.set(algorithm, thread);
    return thread;
  }
}

/** One file on its way. Whoever does not wait for the digests drops it. */
export class FollowedFile<A extends Algorithm> implements Disposable {
  readonly #path: string;
  readonly #algorithms: readonly A[];
  readonly #threadOf: (algorithm: A) => HashThread;
  #jobs: HashJob[] = [];
  #told = 0;

  constructor(path: string, algorithms: readonly A[], threadOf: (algorithm: A) => HashThread) {
    this.#path = path;
    this.#algorithms = algorithms;
    this.#threadOf = threadOf;
  }

  /** So many bytes are written by now. May be called often. */
  grown(size: number): void {
    if (size - this.#told <= SMALL) return;
    this.#told = size;
    this.#begin();
    for (const job of this.#jobs) job.grown(size);
  }

  /** All bytes are written. @returns in hex @throws what reading the file threw */
  async digests(size: number): Promise<Record<A, string>> {
    const found = size <= SMALL ? await this.#hashHere(size) : await this.#hashThere(size);
    return Object.fromEntries(this.#algorithms.map((name, at) => [name, found[at]])) as Record<A, string>;
  }

  drop(reason: unknown = new Error('The file was dropped.')): void {
    for (const job of this.#jobs) job.drop(reason);
  }

  [Symbol.dispose](): void {
    this.drop();
  }

  #begin(): void {
    if (this.#jobs.length > 0) return;
    this.#jobs = this.#algorithms.map((name) => this.#threadOf(name).begin(this.#path, name));
  }

  async #hashHere(size: number): Promise<string[]> {
    const bytes = (await readFile(this.#path)).subarray(0, size);
    return this.#algorithms.map((name) => createHash(name).update(bytes).digest('hex'));
  }

  #hashThere(size: number): Promise<string[]> {
    this.#begin();
    return Promise.all(this.#jobs.map((job) => job.end(size)));
  }
}

interface HashJob {
  grown(size: number): void;
  end(size: number): Promise<string>;
  drop(reason: unknown): void;
}

/** Our end of a thread. It keeps the process alive only while it has work. */
class HashThread {
  readonly #worker = new Worker(PROGRAM, { resourceLimits: SMALL_HEAP });
  readonly #waiting = new Map<number, PromiseWithResolvers<string>>();
  readonly #onEnd: () => void;
  #lastJob = 0;
  #idle: NodeJS.Timeout | undefined;

  constructor(onEnd: () => void) {
    this.#onEnd = onEnd;
    this.#worker.on('message', (answer: HashAnswer) => this.#settle(answer));
    this.#worker.on('error', (thrown) => this.#fail(thrown));
    this.#worker.on('exit', () => {
      this.#onEnd();
      this.#fail(new Error('The thread that hashes files ended.'));
    });
    this.#worker.unref();
  }

  begin(path: string, algorithm: Algorithm): HashJob {
    const job = ++this.#lastJob;
    const result = Promise.withResolvers<string>();
    result.promise.catch(() => {}); // whoever waits for the end hears of it
    this.#waiting.set(job, result);
    clearTimeout(this.#idle);
    this.#worker.ref();
    this.#send({ type: 'begin', job, path, algorithm });
    return {
      grown: (size) => this.#send({ type: 'grown', job, size }),
      end: (size) => {
        this.#send({ type: 'end', job, size });
        return result.promise;
      },
      drop: (thrown) => {
        if (!this.#waiting.has(job)) return;
        this.#send({ type: 'drop', job });
        this.#settle({ job, thrown });
      },
    };
  }

  #send(order: HashOrder): void {
    this.#worker.postMessage(order, []);
  }

  #settle(answer: HashAnswer): void {
    const result = this.#waiting.get(answer.job);
    this.#waiting.delete(answer.job);
    if (this.#waiting.size === 0) this.#rest();
    if ('digest' in answer) result?.resolve(answer.digest);
    else result?.reject(answer.thrown);
  }

  #rest(): void {
    this.#worker.unref();
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.#end(), IDLE_MS).unref();
  }

  /** Whoever comes next gets another thread. */
  #end(): void {
    this.#onEnd();
    void this.#worker.terminate();
  }

  #fail(thrown: unknown): void {
    for (const job of this.#waiting.keys()) this.#settle({ job, thrown });
  }
}

function asUrl(program: string): URL {
  return new URL(`data:text/javascript,${encodeURIComponent(program)}`);
}
