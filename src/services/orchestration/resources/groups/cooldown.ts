import type { ResourceRun } from '../resource-type.ts';

/** Whether the time has passed in which nothing is scaled again. */
export function isCool({ properties, resource, clock }: ResourceRun): boolean {
  const scaledAt = resource.data['scaledAt'];
  const seconds = Number(properties['cooldown'] ?? properties['Cooldown'] ?? 0);
  return typeof scaledAt !== 'number' || clock.now().getTime() >= scaledAt + seconds * 1000;
}

export const noteScaling = (run: ResourceRun): Promise<void> =>
  run.keep({ scaledAt: run.clock.now().getTime() });
