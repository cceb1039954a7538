import type { Filter } from './filter.ts';

/** The host that the user named. */
export const hostFilter: Filter = {
  name: 'host',
  accepts: ({ hostname }, { host }) => host === null || hostname === host,
};
