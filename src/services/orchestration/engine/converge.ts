import type { Resource } from '../model/resource.ts';
import { Replacement, type ResourceRun } from '../resources/resource-type.ts';
import { readAttributes } from './attributes.ts';
import { currentRow, type Change } from './change.ts';
import { isLetGo } from './cut-off.ts';
import { decide, type Decision } from './decide.ts';
import { recordFailure, recordRefusal } from './failure.ts';
import { hookAt, isAwaited, pauseAt, pauseBefore } from './hooks.ts';
import { newRow } from './new-row.ts';
import { resourceRun, waitUntil } from './run.ts';
import { assertAllowed, Restricted, Untouched } from './untouched.ts';
import { wishFor, type Wish } from './wish.ts';

/** One resource on its way to what the template says now. */
interface Errand {
  readonly change: Change;
  readonly wish: Wish;
  readonly signal: AbortSignal;
}

/**
 * Brings one resource in line with the template: makes it, changes it, puts another in its place, or finds nothing to do. What goes wrong
 * is written into its row. When this process lets go it ends without a word: the row says what is under way.
 * @returns why the whole change fails although the resource is as it was
 */
export async function converge(
  change: Change,
  name: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    await pauseBefore(change, name, signal);
    const before = currentRow(change, name);
    const wish = wishFor(change, name);
    await carryOut({ change, wish, signal }, before, decide(before, wish));
  } catch (thrown) {
    if (thrown instanceof Restricted) return recordRefusal(change, name, thrown);
    if (!isLetGo(signal) && !(thrown instanceof Untouched)) await recordFailure(change, name, thrown);
  }
  return undefined;
}

async function carryOut(errand: Errand, before: Resource | undefined, decision: Decision): Promise<void> {
  if (!before || decision.step === 'create') return create(errand, await enterNew(errand, before));
  if (decision.step === 'resume') return create(errand, before, true);
  if (decision.step === 'keep') return settle(errand, before);
  if (decision.step === 'update') {
    assertAllowed(errand.change, errand.wish.name, 'update');
    const updated = await update(errand, before, decision.changed).catch(isReplacement);
    if (updated !== 'replace') return;
    await errand.change.rows.put(before);
  }
  assertAllowed(errand.change, errand.wish.name, 'replace');
  await create(errand, await enterNew(errand, before));
}

function isReplacement(thrown: unknown): 'replace' {
  if (thrown instanceof Replacement) return 'replace';
  throw thrown;
}

const given = ({ properties, updatePolicy }: Wish) => ({ properties, updatePolicy });

/** A row for what is about to be made: the one that waits for it, or a new one; one that it replaces says so from the same moment. */
function enterNew({ change, wish }: Errand, before?: Resource): Promise<Resource> {
  const row = newRow(change, wish);
  if (before && isAwaited(before))
    return change.rows.enter({ ...row, id: before.id }, { action: 'CREATE', status: 'IN_PROGRESS' });
  const beside = before ? [{ ...before, replacedBy: row.id }] : [];
  return change.rows.enter(row, { action: 'CREATE', status: 'IN_PROGRESS' }, beside);
}

async function create(errand: Errand, { id, physicalId, action }: Resource, again = false): Promise<void> {
  const { change, wish, signal } = errand;
  const run = resourceRun(change, id, { ...given(wish), again, signal });
  const isThere = action === 'ADOPT' && physicalId !== null;
  const made = isThere ? physicalId : await wish.type.create(run);
  await finish(errand, run, { ...change.rows.get(id), physicalId: made, action });
}

/** Until its end it may use what it used before and what it is to use now: neither goes before it. */
async function update(errand: Errand, row: Resource, changed: ReadonlySet<string>): Promise<void> {
  const { change, wish, signal } = errand;
  const needs = [...new Set([...row.needs, ...wish.needs])];
  await change.rows.enter(
    { ...row, needs, traversal: change.stack.traversal },
    { action: 'UPDATE', status: 'IN_PROGRESS' },
  );
  const run = resourceRun(change, row.id, { ...given(wish), signal });
  if (changed.size > 0 || wish.type.holdsStack) await wish.type.update?.(run, changed);
  await finish(errand, run, { ...change.rows.get(row.id), action: 'UPDATE' });
}

/** Waits for the end of what was begun, and keeps what others will ask of it; they wait for the hook after it too. */
async function finish(errand: Errand, run: ResourceRun, row: Resource): Promise<void> {
  const { change, wish, signal } = errand;
  const { type } = wish;
  if (row.action === 'ADOPT' && type.check && !type.holdsStack) {
    await change.rows.keep(row.id, { physicalId: row.physicalId });
    await type.check(run);
  } else if (type.settled) {
    await change.rows.keep(row.id, { physicalId: row.physicalId });
    const isSo = async () => (await type.settled?.(run)) !== false;
    await waitUntil(change, signal, { isSo, by: () => type.settledBy?.(run) });
  }
  const { properties, metadata, needs, deletionPolicy } = wish;
  const made = {
    ...change.rows.get(row.id),
    physicalId: row.physicalId,
    properties,
    metadata,
    needs,
    deletionPolicy,
    madeBy: type.name,
  };
  await change.rows.keep(row.id, made);
  const attributes = await readAttributes(change, wish, run);
  const reference = (await wish.type.reference?.(run)) ?? row.physicalId;
  const hook = row.action === change.stack.action ? hookAt(change, wish.name, 'post') : undefined;
  const ended = await change.rows.enter(
    { ...change.rows.get(row.id), reference, attributes, traversal: hook ? '' : change.stack.traversal },
    { action: row.action, status: 'COMPLETE' },
  );
  if (!hook) return;
  await pauseAt(change, { row: ended, hook }, signal);
  await change.rows.keep(row.id, { traversal: change.stack.traversal });
}

/** Nothing to do: it counts for this change too. Attributes may have moved on. */
async function settle({ change, wish, signal }: Errand, row: Resource): Promise<void> {
  const run = resourceRun(change, row.id, { ...given(wish), signal });
  const attributes = await readAttributes(change, wish, run);
  const { needs, deletionPolicy } = wish;
  // A row without a traversal waits at the hook behind it.
  const hook = row.traversal === '' ? hookAt(change, row.name, 'post') : undefined;
  if (hook) await pauseAt(change, { row, hook }, signal);
  await change.rows.keep(row.id, { needs, deletionPolicy, attributes, traversal: change.stack.traversal });
}
