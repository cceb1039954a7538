import { conflict } from '#kernel/errors.ts';
import type { ResourceRun, ResourceType } from '../resources/resource-type.ts';
import type { JsonMap } from '../template/json.ts';
import { currentRow, type Change } from './change.ts';
import { isLetGo } from './cut-off.ts';
import { reasonOf } from './failure.ts';
import type { Known, Plan } from './plan.ts';
import { resourceRun, waitUntil } from './run.ts';
import { typeOfRow } from './types.ts';

/** What is done to all that a stack has, without changing what it is. */
export interface Verb {
  /** Who comes first: whoever uses others, those that are used, or nobody. */
  readonly first: 'users' | 'used' | 'none';
  /** Repeatable. @throws CloudError when it cannot be done */
  readonly act: (type: ResourceType, run: ResourceRun) => Promise<void>;
  /** Types may take their time over it: they are waited for. */
  readonly awaited: boolean;
}

const VERBS: Readonly<Record<string, Verb>> = {
  SUSPEND: { first: 'users', act: async (type, run) => type.suspend?.(run), awaited: true },
  RESUME: { first: 'used', act: async (type, run) => type.resume?.(run), awaited: true },
  CHECK: { first: 'none', act: check, awaited: true },
  SNAPSHOT: { first: 'none', act: async () => undefined, awaited: false },
};

/** The verb of a stack's action; undefined for one that brings the stack in line with a template. */
export const verbOf = (action: string): Verb | undefined => VERBS[action];

async function check(type: ResourceType, run: ResourceRun): Promise<void> {
  if (type.check) return type.check(run);
  if (type.settled && !(await type.settled(run)))
    throw conflict('It is not in the state that it should be in.');
}

export interface VerbSituation {
  readonly first: Verb['first'];
  readonly rows: readonly (Known & { readonly physicalId: string | null; readonly action: string })[];
  readonly traversal: string;
  readonly busy: ReadonlySet<string>;
}

/**
 * The plan of a verb: each row that stands for something once, in the order of who needs whom. What failed to be made is passed over, so
 * that its failure stays known. After a failure nothing new begins. Pure.
 */
export function planVerb({
  first,
  rows,
  traversal,
  busy,
}: VerbSituation): Plan & { readonly act: readonly string[] } {
  const concerned = rows.filter((row) => row.replacedBy === null && isThere(row));
  const done = (row: Known) => row.traversal === traversal && row.status === 'COMPLETE';
  const failed = concerned.some((row) => row.traversal === traversal && row.status === 'FAILED');
  const nothing = { converge: [], remove: [], act: [] };
  if (failed) return { ...nothing, outcome: busy.size > 0 ? 'working' : 'failed' };
  const open = concerned.filter((row) => !done(row));
  if (open.length === 0) return { ...nothing, outcome: 'complete' };
  const left = new Set(open.map(({ id }) => id));
  const usedByOpen = new Set(open.flatMap(({ id, needs }) => needs.filter((need) => need !== id)));
  const waits = ({ id, needs }: Known) => {
    if (first === 'users') return usedByOpen.has(id);
    return first === 'used' && needs.some((need) => need !== id && left.has(need));
  };
  const ready = open.filter((row) => !waits(row) && !busy.has(row.name));
  return { ...nothing, act: ready.map(({ name }) => name), outcome: 'working' };
}

const MAKING = ['CREATE', 'UPDATE', 'ADOPT', 'DELETE'];

const isThere = ({ physicalId, status, action }: VerbSituation['rows'][number]): boolean =>
  physicalId !== null && !(status === 'FAILED' && MAKING.includes(action));

/** Does a stack's verb to one resource. What goes wrong is written into its row. */
export async function act(change: Change, name: string, signal: AbortSignal): Promise<void> {
  const row = currentRow(change, name);
  const { action, traversal } = change.stack;
  const verb = verbOf(action);
  if (!row || !verb) return;
  const enter = async (status: 'IN_PROGRESS' | 'COMPLETE' | 'FAILED', statusReason?: string) =>
    change.rows.enter(
      { ...change.rows.get(row.id), traversal },
      {
        action: action as typeof row.action,
        status,
        ...(statusReason !== undefined && { statusReason }),
      },
    );
  try {
    await enter('IN_PROGRESS');
    const run = resourceRun(change, row.id, { properties: row.properties as JsonMap, again: true, signal });
    const type = typeOfRow(change.types, row);
    if (type) await verb.act(type, run);
    if (type?.rested && verb.awaited)
      await waitUntil(change, signal, { isSo: async () => (await type.rested?.(run)) !== false });
    await enter('COMPLETE');
  } catch (thrown) {
    if (!isLetGo(signal)) await enter('FAILED', reasonOf(thrown, name));
  }
}
