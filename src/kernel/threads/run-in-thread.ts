import { Worker } from 'node:worker_threads';
import { CloudError, type ErrorKind } from '../errors.ts';

/** What a thread says at its end. */
export type ThreadAnswer =
  | { readonly value: unknown }
  | { readonly failure: PlainError }
  | { readonly thrown: unknown };

/** A CloudError as it crosses between threads, which keep no classes. */
interface PlainError {
  readonly kind: ErrorKind;
  readonly message: string;
  readonly code: string;
  readonly detail: string | undefined;
  readonly retryable: boolean;
}

/**
 * Runs a module in a thread of its own, which ends with it: for work that would keep the event loop from everybody else.
 * The module calls `answerAsThread`.
 * @param input plain data
 * @returns what the module answers, plain data @throws what its work threw; the signal's reason, after the thread has ended
 */
export async function runInThread<T>(module: URL, input: unknown, signal?: AbortSignal): Promise<T> {
  signal?.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const thread = new Worker(module, { workerData: input });
  const stop = () => reject(signal?.reason as Error);
  signal?.addEventListener('abort', stop, { once: true });
  thread.once('message', (answer: ThreadAnswer) => {
    if ('value' in answer) resolve(answer.value as T);
    else reject('failure' in answer ? fromPlain(answer.failure) : (answer.thrown as Error));
  });
  thread.once('error', reject);
  thread.once('exit', () => reject(new Error('The thread ended without an answer.')));
  try {
    return await promise;
  } finally {
    signal?.removeEventListener('abort', stop);
    await thread.terminate();
  }
}

export const toAnswer = (thrown: unknown): ThreadAnswer => {
  if (!(thrown instanceof CloudError)) return { thrown };
  const { kind, message, code, detail, retryable } = thrown;
  return { failure: { kind, message, code, detail, retryable } };
};

const fromPlain = ({ kind, message, code, detail, retryable }: PlainError): CloudError =>
  new CloudError(kind, message, { code, retryable, ...(detail !== undefined && { detail }) });
