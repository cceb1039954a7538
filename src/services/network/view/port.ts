import type { Viewer } from '../kind.ts';
import { DEFAULT_DOMAIN } from '../model/network.ts';
import type { Port, PortRecord } from '../model/port.ts';
import { portStore } from '../store/ports.ts';
import { trunkDetails, type TrunkDetail } from '../store/trunk-details.ts';
import type { NetworkDb } from '../tables.ts';
import { standardView } from './standard.ts';

/** Ports with what their networks and trunks say of them: a fixed number of queries. */
export async function portViews(db: NetworkDb, records: readonly PortRecord[], viewer: Viewer) {
  if (records.length === 0) return [];
  const networks = await networksOf(db, records);
  const trunks = await trunkDetails(db, records);
  return (await portStore.complete(db, records)).map((port) => {
    const network = networks.get(port.networkId);
    const context = {
      admin: viewer.admin,
      domain: network?.dns_domain || DEFAULT_DOMAIN,
      networkPolicyId: network?.qos_policy_id ?? null,
    };
    return { ...portView(port, context), ...trunkView(trunks.get(port.id)) };
  });
}

async function networksOf(db: NetworkDb, records: readonly PortRecord[]) {
  const ids = [...new Set(records.map(({ networkId }) => networkId))];
  const rows = await db
    .selectFrom('network_network')
    .select(['id', 'dns_domain', 'qos_policy_id'])
    .where('id', 'in', ids)
    .execute();
  return new Map(rows.map((row) => [row.id, row]));
}

const trunkView = (trunk: TrunkDetail | undefined) =>
  trunk
    ? {
        trunk_details: {
          trunk_id: trunk.trunkId,
          sub_ports: trunk.subPorts.map((one) => ({
            port_id: one.portId,
            segmentation_type: one.segmentationType,
            segmentation_id: one.segmentationId,
            mac_address: one.macAddress,
          })),
        },
      }
    : {};

interface PortContext {
  readonly admin: boolean;
  readonly domain: string;
  readonly networkPolicyId: string | null;
}

const portView = (port: Port, { admin, domain, networkPolicyId }: PortContext) => ({
  ...standardView(port),
  network_id: port.networkId,
  mac_address: port.macAddress,
  fixed_ips: port.fixedIps.map(({ subnetId, address }) => ({ subnet_id: subnetId, ip_address: address })),
  status: port.status,
  admin_state_up: port.adminStateUp,
  device_id: port.deviceId,
  device_owner: port.deviceOwner,
  security_groups: port.securityGroups,
  port_security_enabled: port.portSecurityEnabled,
  allowed_address_pairs: port.allowedAddressPairs.map(({ ipAddress, macAddress }) => ({
    ip_address: ipAddress,
    mac_address: macAddress || port.macAddress,
  })),
  extra_dhcp_opts: port.extraDhcpOpts,
  'binding:vnic_type': port.vnicType,
  dns_name: port.dnsName,
  dns_assignment: port.fixedIps.map(({ address }) => dnsAssignment(port.dnsName, address, domain)),
  qos_policy_id: port.qosPolicyId,
  qos_network_policy_id: networkPolicyId,
  ...(admin
    ? {
        'binding:host_id': port.host,
        'binding:profile': port.profile,
        'binding:vif_type': port.host === '' ? 'unbound' : 'bridge',
        'binding:vif_details': port.host === '' ? {} : { port_filter: true },
      }
    : {}),
});

const dnsAssignment = (name: string, address: string, domain: string) => {
  const hostname = name || `host-${address.replaceAll(/[.:]/g, '-')}`;
  return { ip_address: address, hostname, fqdn: `${hostname}.${domain.replace(/\.?$/, '.')}` };
};
