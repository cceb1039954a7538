import { CloudError, type ErrorKind } from '#kernel/errors.ts';
import type { Entry, Failure } from './objects.ts';
import type { Action } from './plan.ts';
import { backOff } from './restart-policy.ts';

/** Errors that only another spec can mend: the input is at fault, not the machine. */
const FINAL: ReadonlySet<ErrorKind> = new Set<ErrorKind>([
  'bad-request',
  'forbidden',
  'not-implemented',
  'too-large',
]);

const TRANSFERS: ReadonlySet<Action['verb']> = new Set<Action['verb']>([
  'resolve-image',
  'fetch-image',
  'fetch-image-ahead',
  'fill-volume',
  'send-copy',
]);

/** Long, and begun anew when it was cut. */
export const isTransfer = ({ verb }: Pick<Action, 'verb'>): boolean => TRANSFERS.has(verb);

/** Whether trying again is in vain. What a transfer does not find is gone for good. */
export const isFinal = ({ kind }: CloudError, action: Pick<Action, 'verb'>): boolean =>
  FINAL.has(kind) || (kind === 'not-found' && isTransfer(action));

/** In words for the user; of the machine's own errors the detail tells more. */
export const reasonFor = (error: CloudError): string =>
  error.kind === 'internal' ? (error.detail ?? error.message) : error.message;

export function nextFailure(
  entry: Entry,
  action: Action,
  { thrown, now }: { thrown: unknown; now: number },
): Failure {
  const error = CloudError.from(thrown);
  const count = (entry.failure?.count ?? 0) + 1;
  return {
    reason: reasonFor(error),
    final: entry.wanted && isFinal(error, action),
    count,
    retryAt: now + backOff(count - 1),
  };
}
