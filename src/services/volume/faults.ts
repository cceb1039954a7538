import type { FaultFormat } from '#kernel/http/faults.ts';

const NAMES: Readonly<Record<number, string>> = {
  400: 'badRequest',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'itemNotFound',
  405: 'badMethod',
  409: 'conflictingRequest',
  413: 'overLimit',
  415: 'badMediaType',
  501: 'notImplemented',
  503: 'serviceUnavailable',
};

/** Cinder's own: named by the status. What conflicts with a state is a bad request to it. */
export const cinderFaults: FaultFormat = {
  status: { quota: 413 },
  statusOfCode: { 'version-not-found': 404 },
  body: (error, status) => ({
    [NAMES[status] ?? 'computeFault']: {
      code: status,
      message: error.message,
      ...(status === 413 && { retryAfter: '0' }),
    },
  }),
};
