import type { DescribeInstance } from '#services/network/port.ts';
import { containerStore } from '../store/containers.ts';
import type { ContainerTables } from '../tables.ts';
import type { ContainerDeps } from './deps.ts';

const DEFAULT_ZONE = 'nova';

/** What a container is told of itself by the metadata service. */
export const describeContainer =
  ({ database }: Pick<ContainerDeps, 'database'>): DescribeInstance =>
  async (id) => {
    const container = await containerStore.find(database.handle<ContainerTables>(), id);
    if (!container) return undefined;
    const { name, projectId, settings } = container;
    return {
      id,
      name,
      projectId,
      hostname: settings.hostname || name,
      availabilityZone: settings.availabilityZone ?? DEFAULT_ZONE,
      userData: null,
      keys: [],
      meta: settings.labels,
    };
  };
