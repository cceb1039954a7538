import type { Filter } from './filter.ts';

/** Nodes that are connected, or will be in a moment, and that nobody has taken out of service. */
export const availabilityFilter: Filter = {
  name: 'availability',
  accepts: ({ state, disabled }) => state !== 'down' && !disabled,
};
