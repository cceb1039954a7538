import type { FaultFormat } from '#kernel/http/faults.ts';

/** Aodh's own: the client prints the fault string. */
export const aodhFaults: FaultFormat = {
  body: (error, status) => ({
    error_message: {
      faultcode: status < 500 ? 'Client' : 'Server',
      faultstring: error.message,
      debuginfo: null,
    },
  }),
};
