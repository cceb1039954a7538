import { byId } from '../desired/specs.ts';
import type { FloatingIp } from '../model/floating-ip.ts';
import type { PortRecord } from '../model/port.ts';
import { portRecordStore } from '../store/stores.ts';
import type { NetworkDb } from '../tables.ts';
import { standardView } from './standard.ts';

export async function floatingIpViews(db: NetworkDb, floatingIps: readonly FloatingIp[]) {
  const ports = byId(
    await portRecordStore.findMany(
      db,
      floatingIps.flatMap(({ portId }) => portId ?? []),
    ),
  );
  return floatingIps.map((floatingIp) => floatingIpView(floatingIp, ports.get(floatingIp.portId ?? '')));
}

function floatingIpView(floatingIp: FloatingIp, port: PortRecord | undefined) {
  const { name: _unnamed, ...standard } = standardView(floatingIp);
  return {
    ...standard,
    floating_network_id: floatingIp.floatingNetworkId,
    floating_ip_address: floatingIp.floatingIpAddress,
    port_id: floatingIp.portId,
    fixed_ip_address: floatingIp.fixedIpAddress,
    router_id: floatingIp.routerId,
    status: floatingIp.portId === null ? 'DOWN' : 'ACTIVE',
    dns_name: floatingIp.dnsName,
    dns_domain: floatingIp.dnsDomain,
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
