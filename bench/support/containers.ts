import { join } from 'node:path';
import { Database } from '#kernel/db/database.ts';
import { newUuid } from '#kernel/ids.ts';
import { containerStore } from '#services/container/store/containers.ts';
import type { ContainerTables } from '#services/container/tables.ts';
import type { CloudUser } from '#test/support/cloud-user.ts';
import type { RealCloud } from '#test/support/real-cloud.ts';

/** Writes the containers as the service itself would, like one that ran, but placed nowhere. @returns their ids */
export async function fillWithContainers(
  cloud: RealCloud,
  user: CloudUser,
  count: number,
): Promise<string[]> {
  const request = {
    name: 'model',
    image: 'busybox',
    command: ['sleep', '60'],
    nets: [{ network: 'private' }],
  };
  const { uuid } = await user.run(request);
  const database = Database.open({ kind: 'sqlite', path: join(cloud.paths.data, 'control', 'hydria.db') });
  const ids = Array.from({ length: count }, newUuid);
  await database.transaction<ContainerTables, void>(async (tx) => {
    const model = await containerStore.find(tx, uuid);
    if (model === undefined) throw new Error(`Container ${uuid} is not in the database.`);
    for (const id of ids)
      await containerStore.insert(tx, { ...model, id, name: `bench-${id}`, host: null, desired: false });
  });
  await database.close();
  await user.remove(uuid);
  return ids;
}
