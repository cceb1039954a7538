import { setTimeout as sleep } from 'node:timers/promises';
import { CloudError } from '#kernel/errors.ts';
import type { Containers, ShownContainer } from '../../sdk/containers.ts';

const FIRST_MS = 20;
const MOST_MS = 500;

/** Looks again and again, ever more slowly: a Zun that is not Hydria has no events that could tell. */
export async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (let pause = FIRST_MS; ; pause = Math.min(MOST_MS, pause * 1.3)) {
    const found = await look();
    if (found !== undefined) return found;
    await sleep(pause);
  }
}

const UNDER_WAY = ['Creating', 'Restarting', 'Rebuilding', 'Deleting'];

/** The container when nothing is under way with it. @throws CloudError why, when it failed. */
export async function settled(containers: Containers, ref: string): Promise<ShownContainer> {
  const rested = await until(async () => {
    const container = await containers.get(ref);
    return container.task_state === null && !UNDER_WAY.includes(container.status) ? container : undefined;
  });
  if (rested.status !== 'Error') return rested;
  throw new CloudError('conflict', `${rested.name}: ${rested.status_reason ?? 'it failed.'}`);
}

/** A process's last words may come before the cloud knows that it has ended. */
export const stopped = (containers: Containers, ref: string): Promise<ShownContainer> =>
  until(async () => {
    const container = await settled(containers, ref);
    return container.status === 'Running' ? undefined : container;
  });

export const gone = (containers: Containers, ref: string): Promise<true> =>
  until(async () => ((await containers.find(ref)) === undefined ? true : undefined));
