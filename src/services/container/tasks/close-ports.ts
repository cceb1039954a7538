import type { Ctx } from '#kernel/context.ts';
import { capsuleGroup } from '../model/capsule.ts';
import type { TaskDeps } from '../service/deps.ts';
import { capsuleStore } from '../store/capsules.ts';
import type { ContainerTables } from '../tables.ts';

/** Takes the capsule's own group away, if it has one. */
export async function closePorts(
  { database, networks }: Pick<TaskDeps, 'database' | 'networks'>,
  ctx: Ctx,
  capsuleId: string,
): Promise<void> {
  const capsule = await capsuleStore.find(database.handle<ContainerTables>(), capsuleId);
  const group = capsule && capsuleGroup(capsule);
  if (group) await networks.removeGroup(ctx, capsule.projectId, group.name);
}
