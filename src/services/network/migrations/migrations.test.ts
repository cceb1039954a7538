import { expect, it } from 'vitest';
import { migrate } from '#kernel/db/migrate.ts';
import { forEachDatabase } from '#test/support/databases.ts';
import { networkStore, rbacStore, subnetStore } from '../store/stores.ts';
import type { NetworkTables } from '../tables.ts';
import { createCore } from './0001-core.ts';
import { addSharing } from './0002-sharing.ts';
import { addTraffic } from './0003-traffic.ts';

const BORN = '2025-05-05T05:05:05.000Z';
const standard = (id: string) => ({
  id,
  project_id: 'project-a',
  name: id,
  description: '',
  tags: '["old"]',
  created_at: BORN,
  updated_at: BORN,
  revision: 4,
});

/** A network as the first release wrote it. */
const oldNetwork = (id: string, number: number | null, flags: object = {}) => ({
  ...standard(id),
  status: 'ACTIVE',
  dns_domain: '',
  network_type: number === null ? 'flat' : 'vxlan',
  physical_network: number === null ? 'external' : null,
  segmentation_id: number,
  admin_state_up: 1,
  shared: 0,
  external: 0,
  is_default: 0,
  mtu: 1450,
  port_security_enabled: 1,
  generation: 7,
  ...flags,
});

const oldSubnet = (id: string, networkId: string) => ({
  ...standard(id),
  network_id: networkId,
  cidr: '10.0.0.0/24',
  allocation_pools: '[]',
  dns_nameservers: '[]',
  host_routes: '[]',
  gateway_ip: '10.0.0.1',
  ip_version: 4,
  enable_dhcp: 1,
});

type Rows = Record<string, Record<string, unknown>>;

forEachDatabase('a database of the first release, with networks', (open) => {
  const service = (...migrations: (typeof createCore)[]) => ({ name: 'network', migrations });

  it('is brought to the newest with all that was in it, and again in vain', async () => {
    const database = await open(service(createCore));
    const rows = [
      oldNetwork('own', 1),
      oldNetwork('for-all', 2, { shared: 1 }),
      oldNetwork('out', null, { external: 1, shared: 1 }),
      oldNetwork('out-2', null, { external: 1 }),
    ];
    const old = database.handle<Rows>();
    await old.insertInto('network_network').values(rows).execute();
    await old
      .insertInto('network_subnet')
      .values([oldSubnet('s', 'own')])
      .execute();

    const newest = [service(createCore, addSharing, addTraffic)];
    await migrate(database, newest);
    await migrate(database, newest);

    const db = database.handle<NetworkTables>();
    const networks = await networkStore.list(db, (eb) => eb.lit(true));
    expect(networks.map(({ id }) => id).toSorted()).toEqual(['for-all', 'out', 'out-2', 'own']);
    expect(networks.find(({ id }) => id === 'own')).toMatchObject({
      tags: ['old'],
      segmentationId: 1,
      generation: 7,
      revision: 4,
      external: false,
      availabilityZoneHints: [],
      qosPolicyId: null,
    });
    expect(await subnetStore.list(db, (eb) => eb.lit(true))).toMatchObject([
      { id: 's', networkId: 'own', serviceTypes: [], subnetpoolId: null },
    ]);
    const entries = await rbacStore.list(db, (eb) => eb.lit(true));
    expect(entries.map(({ objectId, action }) => `${objectId} ${action}`).toSorted()).toEqual([
      'for-all access_as_shared',
      'out access_as_external',
      'out access_as_shared',
      'out-2 access_as_external',
    ]);
    for (const entry of entries)
      expect(entry).toMatchObject({ projectId: 'project-a', objectType: 'network', targetProject: '*' });
  });
});
