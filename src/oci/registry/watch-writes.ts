import { watch } from 'node:fs/promises';
import type { Clock } from '#kernel/clock.ts';

const PAUSE_MS = 200;

/**
 * Looks whenever something was written in a directory, at most five times a second, until the signal aborts.
 * @throws what `look` throws
 */
export async function watchWrites(
  directory: string,
  look: () => Promise<void>,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> {
  try {
    for await (const _ of watch(directory, { signal, maxQueue: 1, overflow: 'ignore' })) {
      await look();
      await clock.sleep(PAUSE_MS, signal);
    }
  } catch (thrown) {
    if (!signal.aborted) throw thrown;
  }
}
