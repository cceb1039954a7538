import { pickDedicated } from '../model/dedicated.ts';
import type { Filter } from './filter.ts';

/** Nodes with so many processors free on one NUMA node, for those who want them to themselves. */
export const dedicatedCpusFilter: Filter = {
  name: 'dedicated CPUs',
  accepts: (node, { dedicatedCpus }) =>
    dedicatedCpus === undefined || pickDedicated(node, dedicatedCpus) !== undefined,
};
