import type { Resource } from '../model/resource.ts';

/** The part of a row that decisions are made on. */
export type Known = Pick<Resource, 'id' | 'name' | 'status' | 'traversal' | 'needs' | 'replacedBy'>;

export interface Situation {
  /** The names that the template asks for now, each with those it needs. Empty when the stack is to go. */
  readonly wanted: ReadonlyMap<string, ReadonlySet<string>>;
  readonly rows: readonly Known[];
  /** The change that is carried out. */
  readonly traversal: string;
  /** What is under way in this process: names that converge, ids that are removed. */
  readonly busy: ReadonlySet<string>;
}

export interface Plan {
  /** Names to bring in line with the template: all that they need is. */
  readonly converge: readonly string[];
  /** Ids of rows to take away: nothing uses them any more. */
  readonly remove: readonly string[];
  readonly outcome: 'working' | 'complete' | 'failed';
}

/**
 * From what is wanted and what is there to what may be done now: pure, and asked again after everything that ends.
 *
 * 1. A resource converges when all that it needs has converged in this traversal. Independent ones go side by side. One that an older
 *    change takes away is gone before it is made again.
 * 2. Nothing is taken away before all that is wanted has converged, so that a change that fails can be taken back; then users go
 *    before what they use.
 * 3. After a failure nothing new begins; what is under way comes to its end.
 */
export function plan({ wanted, rows, traversal, busy }: Situation): Plan {
  const current = currentRows(rows);
  const settled = (name: string) => {
    const row = current.get(name);
    return row?.traversal === traversal && row.status === 'COMPLETE';
  };
  const failed = rows.some((row) => row.traversal === traversal && row.status === 'FAILED');
  if (failed) return { converge: [], remove: [], outcome: busy.size > 0 ? 'working' : 'failed' };
  const open = [...wanted.keys()].filter((name) => !settled(name));
  if (open.length > 0) {
    const ready = open.filter((name) => [...(wanted.get(name) ?? [])].every(settled));
    const isBusy = (name: string) => busy.has(name) || busy.has(current.get(name)?.id ?? '');
    return { converge: ready.filter((name) => !isBusy(name)), remove: [], outcome: 'working' };
  }
  const obsolete = rows.filter((row) => !wanted.has(row.name) || current.get(row.name)?.id !== row.id);
  if (obsolete.length === 0)
    return { converge: [], remove: [], outcome: busy.size > 0 ? 'working' : 'complete' };
  const used = new Set(rows.flatMap((row) => row.needs.filter((id) => id !== row.id)));
  const free = obsolete.filter(({ id, name }) => !used.has(id) && !busy.has(id) && !busy.has(name));
  return { converge: [], remove: free.map(({ id }) => id), outcome: 'working' };
}

/** The row that stands for each name: the one that nothing takes the place of. */
export function currentRows<Row extends Known>(rows: readonly Row[]): ReadonlyMap<string, Row> {
  return new Map(rows.filter((row) => row.replacedBy === null).map((row) => [row.name, row]));
}
