import type { Filter } from './filter.ts';

/** Nodes that are connected and that nobody has taken out of service. */
export const availabilityFilter: Filter = {
  name: 'availability',
  accepts: ({ state, disabled }) => state === 'up' && !disabled,
};
