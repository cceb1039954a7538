import type { CloudError, ErrorKind } from '../errors.ts';

/** How one upstream words its failures: once per service. */
export interface FaultFormat {
  readonly status?: Partial<Record<ErrorKind, number>>;
  /** Where the status depends on the code of the error. */
  readonly statusOfCode?: Readonly<Record<string, number>>;
  body(error: CloudError, status: number, requestId: string): unknown;
}

const STATUS: Record<ErrorKind, number> = {
  'bad-request': 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  'method-not-allowed': 405,
  conflict: 409,
  'precondition-failed': 412,
  quota: 403,
  'too-large': 413,
  'not-acceptable': 406,
  'range-not-satisfiable': 416,
  'unsupported-media-type': 415,
  'unsupported-version': 406,
  'not-implemented': 501,
  unavailable: 503,
  internal: 500,
};

export const statusOf = (error: CloudError, format: FaultFormat): number =>
  format.statusOfCode?.[error.code] ?? format.status?.[error.kind] ?? STATUS[error.kind];

const TITLES: Record<number, string> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  409: 'Conflict',
  412: 'Precondition Failed',
  413: 'Request Entity Too Large',
  415: 'Unsupported Media Type',
  416: 'Range Not Satisfiable',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  503: 'Service Unavailable',
};

export const statusTitle = (status: number): string => TITLES[status] ?? 'Error';

/** `{"error":{"code":404,"title":"Not Found","message":"…"}}`: Keystone's, and every service's 401. */
export const keystoneFaults: FaultFormat = {
  body: (error, status) => ({ error: { code: status, title: statusTitle(status), message: error.message } }),
};
