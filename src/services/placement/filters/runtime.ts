import type { Filter } from './filter.ts';

/** Nodes that have the runtime asked for. */
export const runtimeFilter: Filter = {
  name: 'runtime',
  accepts: ({ runtimes }, { runtime }) => runtime === null || runtimes.includes(runtime),
};
