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
  { stack, rows, cloud, clock, heldBy }: Change,
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
    get taken(): ReadonlySet<string> {
      return new Set(rows.all.flatMap((row) => (row.id === id ? [] : (row.physicalId ?? []))));
    },
    nested: heldBy(id, options.signal),
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

/** Asks until it is so, again after each piece of news. @throws what is thrown while asking; the signal's reason */
export async function waitUntil(
  { news }: Change,
  signal: AbortSignal,
  isSo: () => Promise<boolean>,
): Promise<void> {
  for (let asked = 0; ; asked += 1) {
    const { heard } = news;
    if (await isSo()) return;
    await news.after(heard, asked, signal);
  }
}
