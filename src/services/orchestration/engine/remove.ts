import type { JsonMap } from '../template/json.ts';
import type { Change } from './change.ts';
import { isLetGo } from './cut-off.ts';
import { reasonOf } from './failure.ts';
import { hookAt, isAwaited, pauseAt } from './hooks.ts';
import { resourceRun, waitUntil } from './run.ts';
import { typeOfRow } from './types.ts';
import { Untouched } from './untouched.ts';

/** Takes away what nothing uses any more, and then its row. What goes wrong is written into the row. */
export async function remove(change: Change, id: string, signal: AbortSignal): Promise<void> {
  const row = change.rows.get(id);
  try {
    if (!isAwaited(row)) await takeAway(change, id, signal);
    await change.rows.forget(id);
  } catch (thrown) {
    if (isLetGo(signal) || thrown instanceof Untouched) return;
    const failed = { ...change.rows.get(id), traversal: change.stack.traversal };
    const statusReason = reasonOf(thrown, row.name);
    await change.rows.enter(failed, { action: 'DELETE', status: 'FAILED', statusReason });
  }
}

async function takeAway(change: Change, id: string, signal: AbortSignal): Promise<void> {
  const row = change.rows.get(id);
  const [before, after] = [hookAt(change, row.name, 'pre'), hookAt(change, row.name, 'post')];
  if (before) await pauseAt(change, { row, hook: before }, signal);
  if (row.deletionPolicy !== 'Retain') await makeGo(change, id, signal);
  if (after) await pauseAt(change, { row, hook: after }, signal);
}

async function makeGo(change: Change, id: string, signal: AbortSignal): Promise<void> {
  const row = change.rows.get(id);
  await change.rows.enter(row, { action: 'DELETE', status: 'IN_PROGRESS' });
  const type = typeOfRow(change.types, row);
  if (!type) return;
  const run = resourceRun(change, id, { properties: row.properties as JsonMap, again: true, signal });
  await type.remove(run);
  if (type.removed)
    await waitUntil(change, signal, { isSo: async () => (await type.removed?.(run)) !== false });
}
