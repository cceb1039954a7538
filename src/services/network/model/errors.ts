import { CloudError, type ErrorKind } from '#kernel/errors.ts';
import type { FaultFormat } from '#kernel/http/faults.ts';

/** A failure by the exception class of Neutron that clients match. */
export const networkError = (kind: ErrorKind, type: string, message: string): CloudError =>
  new CloudError(kind, message, { code: type });

export const invalid = (message: string): CloudError => networkError('bad-request', 'InvalidInput', message);
export const refused = (type: string, message: string): CloudError => networkError('conflict', type, message);

/** Types of what the HTTP layer refuses by itself. */
const TYPES: Partial<Record<ErrorKind, string>> = {
  'bad-request': 'HTTPBadRequest',
  'not-found': 'HTTPNotFound',
  forbidden: 'PolicyNotAuthorized',
  'method-not-allowed': 'HTTPMethodNotAllowed',
  internal: 'HTTPInternalServerError',
};

/** `{"NeutronError":{"type":…,"message":…,"detail":""}}`. */
export const neutronFaults: FaultFormat = {
  status: { quota: 409 },
  body: ({ kind, code, message }) => ({
    NeutronError: { type: code === kind ? (TYPES[kind] ?? kind) : code, message, detail: '' },
  }),
};
