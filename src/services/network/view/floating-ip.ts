import { byId } from '../desired/specs.ts';
import type { FloatingIp } from '../model/floating-ip.ts';
import type { PortRecord } from '../model/port.ts';
import type { PortForwarding } from '../model/port-forwarding.ts';
import { forwardingStore, portRecordStore } from '../store/stores.ts';
import type { NetworkDb } from '../tables.ts';
import { forwardingTerms } from './port-forwarding.ts';
import { idsOf, standardView } from './standard.ts';

export async function floatingIpViews(db: NetworkDb, floatingIps: readonly FloatingIp[]) {
  if (floatingIps.length === 0) return [];
  const ports = byId(
    await portRecordStore.findMany(
      db,
      floatingIps.flatMap(({ portId }) => portId ?? []),
    ),
  );
  const forwardings = Map.groupBy(
    await forwardingStore.list(db, (eb) => eb('floating_ip_id', 'in', idsOf(floatingIps))),
    (one) => one.floatingIpId,
  );
  return floatingIps.map((floatingIp) =>
    floatingIpView(floatingIp, ports.get(floatingIp.portId ?? ''), forwardings.get(floatingIp.id) ?? []),
  );
}

function floatingIpView(
  floatingIp: FloatingIp,
  port: PortRecord | undefined,
  forwardings: readonly PortForwarding[],
) {
  const { name: _unnamed, ...standard } = standardView(floatingIp);
  return {
    ...standard,
    floating_network_id: floatingIp.floatingNetworkId,
    floating_ip_address: floatingIp.floatingIpAddress,
    port_id: floatingIp.portId,
    fixed_ip_address: floatingIp.fixedIpAddress,
    router_id: floatingIp.routerId,
    status: floatingIp.routerId === null ? 'DOWN' : 'ACTIVE',
    dns_name: floatingIp.dnsName,
    dns_domain: floatingIp.dnsDomain,
    qos_policy_id: floatingIp.qosPolicyId,
    port_forwardings: forwardings.map(forwardingTerms),
    port_details: port
      ? {
          name: port.name,
          network_id: port.networkId,
          mac_address: port.macAddress,
          admin_state_up: port.adminStateUp,
          status: port.status,
          device_id: port.deviceId,
          device_owner: port.deviceOwner,
        }
      : null,
  };
}
