import type { Resource } from '../model/resource.ts';
import type { ResourceRun } from '../resources/resource-type.ts';
import type { JsonMap } from '../template/json.ts';
import type { Change } from './change.ts';

export interface RunOptions {
  readonly properties: JsonMap;
  readonly updatePolicy?: JsonMap;
  readonly again?: boolean;
  readonly signal: AbortSignal;
}

/** What a type's verb is given for a row, which it sees as it is at each moment. */
export function resourceRun(
  { stack, rows, cloud, clock, place, heldBy }: Change,
  id: string,
  options: RunOptions,
): ResourceRun {
  return {
    stack,
    get resource(): Resource {
      return rows.get(id);
    },
    again: false,
    updatePolicy: {},
    ...options,
    get beside(): readonly Resource[] {
      return rows.all.filter((row) => row.id !== id);
    },
    get taken(): ReadonlySet<string> {
      return new Set(rows.all.flatMap((row) => (row.id === id ? [] : (row.physicalId ?? []))));
    },
    nested: heldBy(id, { signal: options.signal, place }),
    cloud,
    clock,
    async keep(data) {
      await rows.keep(id, { data: { ...rows.get(id).data, ...data } });
    },
    signals: (reference) => rows.signals(reference),
    adjust: () => Promise.reject(new Error('Groups are adjusted by signals alone.')),
    async made(physicalId) {
      await rows.keep(id, { physicalId });
    },
  };
}

/** What is waited for. */
export interface Awaited {
  readonly isSo: () => Promise<boolean>;
  /** Only signals to the stack, and this time, make it so: nobody asks in between. Undefined where others may. */
  readonly by?: () => number | undefined;
}

/** Asks until it is so, again after each piece of news, and rests in between. @throws what is thrown while asking; the signal's reason */
export async function waitUntil(
  { news, place, stack }: Change,
  signal: AbortSignal,
  { isSo, by = () => undefined }: Awaited,
): Promise<void> {
  for (let asked = 0; ; asked += 1) {
    const at = by();
    const heard = at === undefined ? news.heard : news.heardOf(stack.id);
    if (await isSo()) return;
    await place.rest(news.after(heard, at === undefined ? { asked } : { at }, signal));
  }
}
