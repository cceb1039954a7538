import type { DescribeInstance, InstanceMetadata } from '#services/network/port.ts';
import { capsuleStore } from '../store/capsules.ts';
import { containerStore } from '../store/containers.ts';
import type { ContainerTables } from '../tables.ts';
import type { ContainerDeps } from './deps.ts';

const DEFAULT_ZONE = 'nova';

type Told = Pick<InstanceMetadata, 'id' | 'name' | 'projectId' | 'meta'> & {
  readonly hostname?: string;
  readonly zone: string | null;
};

/** What a container, or a capsule, is told of itself by the metadata service. */
export const describeContainer =
  ({ database }: Pick<ContainerDeps, 'database'>): DescribeInstance =>
  async (id) => {
    const db = database.handle<ContainerTables>();
    const container = await containerStore.find(db, id);
    if (container) {
      const { name, projectId, settings } = container;
      const { hostname, availabilityZone: zone, labels: meta } = settings;
      return instance({ id, name, projectId, hostname, zone, meta });
    }
    const capsule = await capsuleStore.find(db, id);
    if (!capsule) return undefined;
    const { projectId, settings } = capsule;
    const { availabilityZone: zone, labels: meta } = settings;
    return instance({ id, name: capsule.name ?? id, projectId, zone, meta });
  };

const instance = ({ id, name, projectId, hostname, zone, meta }: Told): InstanceMetadata => ({
  id,
  name,
  projectId,
  hostname: hostname || name,
  availabilityZone: zone ?? DEFAULT_ZONE,
  userData: null,
  keys: [],
  meta,
});
