import { isDeepStrictEqual } from 'node:util';
import type { Definition, Members } from './members.ts';

/** How a group goes from one definition to another. */
export interface Rolling {
  readonly minInService: number;
  readonly maxBatchSize: number;
}

/**
 * The next step of a rolling change: as many members get the new definition as a batch has, and some more are made beforehand where
 * fewer than the minimum would be left in service. Undefined when all have it. Pure.
 * @param wanted all members as they are to be in the end
 */
export function nextBatch(
  current: Members,
  wanted: Members,
  { minInService, maxBatchSize }: Rolling,
): Members | undefined {
  const kept = [...current].filter(([name]) => wanted.has(name));
  const outdated = kept.filter(([name, definition]) => !isDeepStrictEqual(definition, wanted.get(name)));
  if (outdated.length === 0) return undefined;
  const batch = outdated.slice(0, maxBatchSize);
  const inService = current.size - batch.length;
  const lacking = Math.min(minInService, kept.length) - inService;
  const spare = lacking > 0 ? spares(current, batch[0]?.[0] ?? '', { count: lacking, wanted }) : [];
  const next = new Map<string, Definition>(current);
  for (const [name] of batch) next.set(name, wanted.get(name) ?? {});
  for (const [name, definition] of spare) next.set(name, definition);
  return next;
}

/** Members for the time of the change alone. */
function spares(
  current: Members,
  like: string,
  { count, wanted }: { readonly count: number; readonly wanted: Members },
): [string, Definition][] {
  const names = Array.from({ length: count }, (_, index) => `spare-${index}`);
  return names.filter((name) => !current.has(name)).map((name) => [name, wanted.get(like) ?? {}]);
}

/** The steps by which a group is made: a batch more each time, the last whole. */
export function growing(wanted: Members, batchSize: number): Members[] {
  const all = [...wanted];
  const steps = Math.max(1, Math.ceil(all.length / batchSize));
  return Array.from({ length: steps }, (_, step) => new Map(all.slice(0, (step + 1) * batchSize)));
}
