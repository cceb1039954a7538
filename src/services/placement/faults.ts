import { statusTitle, type FaultFormat } from '#kernel/http/faults.ts';

/** Placement's: a list of one, with a code that clients match. */
export const placementFaults: FaultFormat = {
  body: (error, status, requestId) => ({
    errors: [
      {
        status,
        title: statusTitle(status),
        detail: error.message,
        code: error.code.startsWith('placement.') ? error.code : 'placement.undefined_code',
        request_id: requestId,
      },
    ],
  }),
};
