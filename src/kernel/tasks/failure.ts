import { CloudError, messageOf, type ErrorKind } from '../errors.ts';
import { fromJson, json } from '../db/columns.ts';

/** Why a task is undone, in the form that survives a crash. */
interface Failure {
  readonly kind: ErrorKind;
  readonly code: string;
  readonly message: string;
  readonly detail?: string;
}

export const storeFailure = (error: CloudError): string =>
  json({ kind: error.kind, code: error.code, message: error.message, detail: error.detail } satisfies {
    [K in keyof Failure]: Failure[K] | undefined;
  });

export function restoreFailure(stored: string | null): CloudError {
  if (stored === null) return new CloudError('internal', 'The operation failed.');
  const { kind, message, ...options } = fromJson<Failure>(stored);
  return new CloudError(kind, message, { ...options, retryable: false });
}

/** What a step threw; unlike at the API, the text of a foreign error is kept: it is the reason that people are told. */
export const failureOf = (thrown: unknown): CloudError =>
  thrown instanceof CloudError ? thrown : new CloudError('internal', messageOf(thrown), { cause: thrown });

export const cancelled = (reason: string): CloudError =>
  new CloudError('conflict', reason, { code: 'cancelled' });

export const timedOut = (waitsFor: string): CloudError =>
  new CloudError('unavailable', `Gave up waiting for ${waitsFor}.`, { code: 'timeout', retryable: false });
