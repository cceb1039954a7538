import type { Filter } from './filter.ts';

const HINT = 'label:';

/** Nodes with every label that a hint `label:<name>` names, of that value. */
export const labelsFilter: Filter = {
  name: 'labels',
  accepts: ({ labels }, { hints }) =>
    Object.entries(hints)
      .filter(([hint]) => hint.startsWith(HINT))
      .every(([hint, value]) => {
        const name = hint.slice(HINT.length);
        return Object.hasOwn(labels, name) && labels[name] === value;
      }),
};
