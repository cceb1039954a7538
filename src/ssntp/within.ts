import type { Clock } from '#kernel/clock.ts';
import { CloudError, unavailable } from '#kernel/errors.ts';

export interface Limits {
  readonly clock: Clock;
  /** Milliseconds. */
  readonly timeout: number;
  readonly signal?: AbortSignal | undefined;
}

/** The promise, unless the time is over or the signal aborts first. @throws CloudError unavailable, with code `timeout` or `cancelled` */
export async function within<T>(promise: Promise<T>, { clock, timeout, signal }: Limits): Promise<T> {
  const done = new AbortController();
  const stop = signal ? AbortSignal.any([done.signal, signal]) : done.signal;
  const limit = clock.sleep(timeout, stop).then(
    () => Promise.reject(unavailable(`There was no answer within ${timeout} ms.`, { code: 'timeout' })),
    () => Promise.reject(cancelled(signal?.reason)),
  );
  try {
    return await Promise.race([promise, limit]);
  } finally {
    limit.catch(() => {});
    done.abort();
  }
}

const cancelled = (cause: unknown) =>
  new CloudError('unavailable', 'The call was cancelled.', { code: 'cancelled', retryable: false, cause });
