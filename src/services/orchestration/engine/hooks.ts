import type { Resource } from '../model/resource.ts';
import type { Hook } from '../template/registry.ts';
import { currentRow, type Change } from './change.ts';
import { newRow } from './new-row.ts';
import { waitUntil } from './run.ts';
import { Untouched } from './untouched.ts';

const ACTIONS = ['CREATE', 'UPDATE', 'DELETE'];

/** The hook that the environment sets for a resource before or after what is done to its stack. */
export function hookAt({ stack, compiled }: Change, name: string, when: 'pre' | 'post'): Hook | undefined {
  if (!ACTIONS.includes(stack.action)) return undefined;
  const hook = `${when}-${stack.action.toLowerCase()}` as Hook;
  return compiled.environment.registry.hooks(name).has(hook) ? hook : undefined;
}

/** Before a resource is made by a stack's creation, or brought in line by its update; not again where that is begun already. */
export async function pauseBefore(change: Change, name: string, signal: AbortSignal): Promise<void> {
  const hook = hookAt(change, name, 'pre');
  if (!hook) return;
  const row = currentRow(change, name);
  const isNew = !row || isAwaited(row);
  const isDue = change.stack.action === 'CREATE' ? isNew : !isNew && row.traversal !== change.stack.traversal;
  if (isDue) await pauseAt(change, { row: row ?? (await awaited(change, name)), hook }, signal);
}

/** Nothing of it is there: it waits to be begun. */
export const isAwaited = ({ action }: Pick<Resource, 'action'>): boolean => action === 'INIT';

const awaited = (change: Change, name: string): Promise<Resource> =>
  change.rows.put({ ...newRow(change, { name }), action: 'INIT', status: 'COMPLETE', traversal: '' });

/**
 * Waits until somebody clears the hook.
 * @throws Untouched when it is not waited for any more: the resource stays as it is
 */
export async function pauseAt(
  change: Change,
  { row, hook }: { readonly row: Resource; readonly hook: Hook },
  signal: AbortSignal,
): Promise<void> {
  const { rows, stack } = change;
  const reason = `${stack.action} paused until Hook ${hook} is cleared`;
  await rows.reach(row.id, { hook, traversal: stack.traversal, reason });
  const isSo = async (): Promise<boolean> => {
    if (await rows.isSuperseded(stack.traversal)) throw new Untouched();
    return rows.isCleared(row.id, { hook, traversal: stack.traversal });
  };
  await waitUntil(change, signal, { isSo }).catch((thrown: unknown) => {
    throw signal.aborted ? new Untouched() : thrown;
  });
}
