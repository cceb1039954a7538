export type Work<T, P> = (signal: AbortSignal, report: (progress: P) => void) => Promise<T>;

export interface Caller<P> {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: P) => void;
}

interface Job<T, P> {
  readonly result: Promise<T>;
  readonly controller: AbortController;
  readonly callers: Set<Caller<P>>;
}

/** Work that callers share who ask for the same key at the same time. It is aborted when the last of them gives up. */
export class SharedJobs<T, P> {
  readonly #jobs = new Map<string, Job<T, P>>();

  /** Starts the work, or joins the one that runs for this key. Rejects when it fails or the caller's signal aborts. */
  async join(key: string, work: Work<T, P>, caller: Caller<P> = {}): Promise<T> {
    caller.signal?.throwIfAborted();
    const job = this.#jobs.get(key) ?? this.#start(key, work);
    job.callers.add(caller);
    try {
      return await unlessAborted(job.result, caller.signal);
    } finally {
      job.callers.delete(caller);
      if (job.callers.size === 0) await this.#end(key, job);
    }
  }

  #start(key: string, work: Work<T, P>): Job<T, P> {
    const controller = new AbortController();
    const callers = new Set<Caller<P>>();
    const report = (progress: P) => callers.forEach((caller) => caller.onProgress?.(progress));
    const job: Job<T, P> = { controller, callers, result: work(controller.signal, report) };
    this.#jobs.set(key, job);
    return job;
  }

  /** Waits until an aborted job has cleaned up behind itself. */
  async #end(key: string, job: Job<T, P>): Promise<void> {
    if (this.#jobs.get(key) === job) this.#jobs.delete(key);
    job.controller.abort();
    await job.result.catch(() => {});
  }
}

async function unlessAborted<T>(result: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return result;
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason as Error);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([result, promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
