import { isDeepStrictEqual } from 'node:util';
import type { Resource } from '../model/resource.ts';
import type { ResourceType } from '../resources/resource-type.ts';
import type { JsonMap } from '../template/json.ts';
import { isTemplate } from '../template/registry.ts';
import type { Wish } from './wish.ts';

export type Decision =
  /** `resume` goes on with a creation that did not come to its end. */
  | { readonly step: 'create' | 'resume' | 'replace' | 'keep' }
  | { readonly step: 'update'; readonly changed: ReadonlySet<string> };

/** What is to be done so that a row becomes what is wished. Pure. */
export function decide(row: Resource | undefined, { type, properties, metadata }: Wish): Decision {
  if (!row || row.action === 'INIT') return { step: 'create' };
  if (row.action === 'ADOPT' && row.status === 'IN_PROGRESS') return { step: 'resume' };
  // Nobody knows what is left of what was being taken away.
  if (row.action === 'DELETE' || !isSameKind(row, type)) return { step: 'replace' };
  if (type.holdsStack && row.physicalId !== null) return goOn(row, type, properties);
  if (row.status === 'FAILED') return { step: 'replace' };
  if (type.neverKept && row.status === 'COMPLETE') return { step: 'replace' };
  const changed = differences(row.properties as JsonMap, properties);
  if (row.action === 'CREATE' && row.status === 'IN_PROGRESS')
    return changed.size === 0 ? { step: 'resume' } : { step: 'replace' };
  if (changed.size === 0 && row.status === 'COMPLETE' && isDeepStrictEqual(row.metadata, metadata))
    return { step: 'keep' };
  const inPlace = [...changed].every((name) => type.properties[name]?.updateAllowed === true);
  if (!inPlace || (changed.size > 0 && !type.update)) return { step: 'replace' };
  return { step: 'update', changed };
}

/** What holds a stack leaves it to that what is kept, changed or made anew. */
function goOn(row: Resource, type: ResourceType, properties: JsonMap): Decision {
  const changed = differences(row.properties as JsonMap, properties);
  if (![...changed].every((name) => type.properties[name]?.updateAllowed === true))
    return { step: 'replace' };
  return row.action === 'CREATE' && row.status === 'IN_PROGRESS'
    ? { step: 'resume' }
    : { step: 'update', changed };
}

/** Templates stand for one another. */
const isSameKind = ({ madeBy }: Resource, { name }: ResourceType): boolean =>
  madeBy === name || (isTemplate(madeBy) && isTemplate(name));

/** The names of properties that are not the same in both. */
export function differences(before: JsonMap, after: JsonMap): ReadonlySet<string> {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return new Set([...names].filter((name) => !isDeepStrictEqual(before[name] ?? null, after[name] ?? null)));
}
