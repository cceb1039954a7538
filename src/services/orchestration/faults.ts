import { statusTitle, type FaultFormat } from '#kernel/http/faults.ts';

const EXPLANATIONS: Readonly<Record<number, string>> = {
  400: 'The server could not comply with the request since it is either malformed or otherwise incorrect.',
  403: 'Access was denied to this resource.',
  404: 'The resource could not be found.',
  405: 'The method specified is not allowed for this resource.',
  409: 'There was a conflict when trying to complete your request.',
  413: 'The body of your request was too large for this server.',
  501: 'The server does not support the operation.',
  503: 'The server is currently unavailable.',
};

const TYPES: Readonly<Record<number, string>> = {
  400: 'HTTPBadRequest',
  403: 'HTTPForbidden',
  404: 'HTTPNotFound',
  405: 'HTTPMethodNotAllowed',
  409: 'HTTPConflict',
  413: 'RequestLimitExceeded',
  501: 'NotSupported',
  503: 'HTTPServiceUnavailable',
};

/** Heat's own: `error.type` is the name of what went wrong, which clients match; `message` is what they print. */
export const heatFaults: FaultFormat = {
  status: { quota: 400 },
  body: (error, status) => ({
    code: status,
    title: statusTitle(status),
    explanation: EXPLANATIONS[status] ?? 'The server failed to answer.',
    error: { type: typeOf(error.code, status), message: error.message, traceback: null },
  }),
};

/** What Heat has no name of its own for is called by its status. */
function typeOf(code: string, status: number): string {
  if (code === 'PolicyNotAuthorized') return 'Forbidden';
  const isName = /^[A-Z]/.test(code) && code !== 'InvalidInput';
  return isName ? code : (TYPES[status] ?? 'HTTPInternalServerError');
}
