import type { Network } from '../model/network.ts';
import type { NetworkDb } from '../tables.ts';
import { standardView, ZONE } from './standard.ts';

export async function networkViews(db: NetworkDb, networks: readonly Network[], admin: boolean) {
  if (networks.length === 0) return [];
  const rows = await db
    .selectFrom('network_subnet')
    .select(['id', 'network_id'])
    .where(
      'network_id',
      'in',
      networks.map(({ id }) => id),
    )
    .orderBy('created_at')
    .execute();
  const subnetsOf = Map.groupBy(rows, (row) => row.network_id);
  return networks.map((network) =>
    networkView(network, { subnets: (subnetsOf.get(network.id) ?? []).map(({ id }) => id), admin }),
  );
}

const networkView = (
  network: Network,
  { subnets, admin }: { subnets: readonly string[]; admin: boolean },
) => ({
  ...standardView(network),
  status: network.status,
  admin_state_up: network.adminStateUp,
  shared: network.shared,
  'router:external': network.external,
  ...(network.external ? { is_default: network.isDefault } : {}),
  mtu: network.mtu,
  port_security_enabled: network.portSecurityEnabled,
  dns_domain: network.dnsDomain,
  subnets,
  ipv4_address_scope: null,
  ipv6_address_scope: null,
  availability_zone_hints: [],
  availability_zones: [ZONE],
  ...(admin
    ? {
        'provider:network_type': network.networkType,
        'provider:physical_network': network.physicalNetwork,
        'provider:segmentation_id': network.segmentationId,
      }
    : {}),
});
