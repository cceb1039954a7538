import { free, RESOURCES } from '../model/capacity.ts';
import type { Filter } from './filter.ts';

/** Nodes with enough left of everything. */
export const resourcesFilter: Filter = {
  name: 'resources',
  accepts(node, { resources }) {
    const left = free(node);
    return RESOURCES.every((resource) => resources[resource] <= left[resource]);
  },
};
