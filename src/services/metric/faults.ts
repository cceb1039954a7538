import type { FaultFormat } from '#kernel/http/faults.ts';

/** Gnocchi's own: the client prints the description. */
export const gnocchiFaults: FaultFormat = {
  body: (error, status) => ({ code: status, title: error.kind, description: error.message }),
};
