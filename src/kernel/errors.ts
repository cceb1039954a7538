/** What went wrong, in terms every transport can map. Each service maps a kind to its upstream's status and fault body once. */
export type ErrorKind =
  | 'bad-request'
  | 'unauthenticated'
  | 'forbidden'
  | 'not-found'
  | 'method-not-allowed'
  | 'conflict'
  | 'precondition-failed'
  | 'quota'
  | 'too-large'
  | 'not-acceptable'
  | 'range-not-satisfiable'
  | 'unsupported-media-type'
  | 'unsupported-version'
  | 'not-implemented'
  | 'unavailable'
  | 'internal';

export interface CloudErrorOptions {
  /** The upstream's name of the failure, where clients match it (Neutron's `type`, Zun's kebab code). */
  readonly code?: string;
  /** For operators: logged, never sent. */
  readonly detail?: string;
  /** Whether the same call may succeed later without any change by the caller. */
  readonly retryable?: boolean;
  readonly cause?: unknown;
}

/** The one error type of the house. Anything else that is thrown is a bug and becomes `internal`. */
export class CloudError extends Error {
  override readonly name = 'CloudError';
  readonly kind: ErrorKind;
  readonly code: string;
  readonly detail: string | undefined;
  readonly retryable: boolean;

  constructor(kind: ErrorKind, message: string, options: CloudErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.kind = kind;
    this.code = options.code ?? kind;
    this.detail = options.detail;
    this.retryable = options.retryable ?? kind === 'unavailable';
  }

  /** Any thrown value as a CloudError; unknown ones keep their cause and hide their text. */
  static from(thrown: unknown): CloudError {
    if (thrown instanceof CloudError) return thrown;
    const detail = thrown instanceof Error ? thrown.message : String(thrown);
    return new CloudError('internal', 'The server failed to answer this request.', { detail, cause: thrown });
  }
}

export const badRequest = (message: string, options?: CloudErrorOptions) =>
  new CloudError('bad-request', message, options);
export const notFound = (message: string, options?: CloudErrorOptions) =>
  new CloudError('not-found', message, options);
export const conflict = (message: string, options?: CloudErrorOptions) =>
  new CloudError('conflict', message, options);
export const forbidden = (message: string, options?: CloudErrorOptions) =>
  new CloudError('forbidden', message, options);
export const quotaExceeded = (message: string, options?: CloudErrorOptions) =>
  new CloudError('quota', message, options);
export const unavailable = (message: string, options?: CloudErrorOptions) =>
  new CloudError('unavailable', message, options);

/** The text of any thrown value, for status reasons and logs. */
export const messageOf = (thrown: unknown): string =>
  thrown instanceof Error ? thrown.message : String(thrown);
