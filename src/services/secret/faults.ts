import { statusTitle, type FaultFormat } from '#kernel/http/faults.ts';

/** Barbican's own: the client prints title and description. */
export const barbicanFaults: FaultFormat = {
  body: (error, status) => ({ code: status, title: statusTitle(status), description: error.message }),
};
