import type { Viewer } from '../kind.ts';
import type { Network } from '../model/network.ts';
import { sharedAmong } from '../store/sharing.ts';
import type { NetworkDb } from '../tables.ts';
import { idsOf, standardView, ZONE } from './standard.ts';

export async function networkViews(db: NetworkDb, networks: readonly Network[], viewer: Viewer) {
  if (networks.length === 0) return [];
  const ids = idsOf(networks);
  const shared = await sharedAmong(db, ids, viewer.projectId);
  const subnetsOf = Map.groupBy(await subnetRows(db, ids), (row) => row.network_id);
  return networks.map((network) =>
    networkView(network, {
      subnets: subnetsOf.get(network.id) ?? [],
      shared: shared.has(network.id),
      admin: viewer.admin,
    }),
  );
}

interface SubnetRow {
  readonly id: string;
  readonly network_id: string;
  readonly ip_version: number;
  readonly address_scope_id: string | null;
}

const subnetRows = (db: NetworkDb, networkIds: readonly string[]): Promise<SubnetRow[]> =>
  db
    .selectFrom('network_subnet as s')
    .leftJoin('network_subnet_pool as p', 'p.id', 's.subnetpool_id')
    .select(['s.id', 's.network_id', 's.ip_version', 'p.address_scope_id'])
    .where('s.network_id', 'in', networkIds)
    .orderBy('s.created_at')
    .execute();

interface NetworkParts {
  readonly subnets: readonly SubnetRow[];
  readonly shared: boolean;
  readonly admin: boolean;
}

const networkView = (network: Network, { subnets, shared, admin }: NetworkParts) => ({
  ...standardView(network),
  status: network.status,
  admin_state_up: network.adminStateUp,
  shared,
  'router:external': network.external,
  ...(network.external ? { is_default: network.isDefault } : {}),
  mtu: network.mtu,
  port_security_enabled: network.portSecurityEnabled,
  dns_domain: network.dnsDomain,
  qos_policy_id: network.qosPolicyId,
  subnets: idsOf(subnets),
  ipv4_address_scope: scopeOf(subnets, 4),
  ipv6_address_scope: scopeOf(subnets, 6),
  availability_zone_hints: network.availabilityZoneHints,
  availability_zones: [ZONE],
  ...(admin
    ? {
        'provider:network_type': network.networkType,
        'provider:physical_network': network.physicalNetwork,
        'provider:segmentation_id': network.segmentationId,
      }
    : {}),
});

const scopeOf = (subnets: readonly SubnetRow[], version: number): string | null =>
  subnets.find((subnet) => subnet.ip_version === version && subnet.address_scope_id !== null)
    ?.address_scope_id ?? null;
