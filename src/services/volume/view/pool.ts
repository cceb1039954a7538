import { backendName, capabilitiesOf, OVERSUBSCRIPTION, poolName, type Pool } from '../model/pool.ts';
import { placeKey, placeOf } from '../model/schedule.ts';
import { wireTime } from './common.ts';

/** @param given GiB promised already, by `host/backend` */
export const poolView = (pool: Pool, given: ReadonlyMap<string, number>) => {
  const promised = given.get(placeKey(placeOf(pool))) ?? 0;
  return {
    name: poolName(pool),
    capabilities: {
      ...capabilitiesOf(pool),
      total_capacity_gb: pool.backend.total,
      free_capacity_gb: pool.backend.free,
      allocated_capacity_gb: promised,
      provisioned_capacity_gb: promised,
      max_over_subscription_ratio: String(pool.backend.thin ? OVERSUBSCRIPTION : 1),
      reserved_percentage: 0,
      backend_state: pool.node.state,
      timestamp: wireTime(pool.node.lastSeen),
    },
  };
};

export const capabilitiesView = (pool: Pool) => {
  const { volume_backend_name, vendor_name, driver_version, storage_protocol } = capabilitiesOf(pool);
  return {
    namespace: `OS::Storage::Capabilities::${backendName(pool)}`,
    vendor_name,
    volume_backend_name,
    driver_version,
    storage_protocol,
    pool_name: null,
    display_name: null,
    description: null,
    visibility: null,
    replication_targets: [],
    properties: {
      thin_provisioning: {
        title: 'Thin Provisioning',
        description: 'Sets thin provisioning.',
        type: 'boolean',
      },
    },
  };
};
