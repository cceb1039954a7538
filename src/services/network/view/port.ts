import type { Port, PortRecord } from '../model/port.ts';
import { portStore } from '../store/ports.ts';
import type { NetworkDb } from '../tables.ts';
import { standardView } from './standard.ts';

export const portViews = async (db: NetworkDb, records: readonly PortRecord[], admin: boolean) =>
  (await portStore.complete(db, records)).map((port) => portView(port, admin));

const portView = (port: Port, admin: boolean) => ({
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
  dns_assignment: port.fixedIps.map(({ address }) => dnsAssignment(port.dnsName, address)),
  ...(admin
    ? {
        'binding:host_id': port.host,
        'binding:profile': port.profile,
        'binding:vif_type': port.host === '' ? 'unbound' : 'bridge',
        'binding:vif_details': port.host === '' ? {} : { port_filter: true },
      }
    : {}),
});

const dnsAssignment = (name: string, address: string) => {
  const hostname = name || `host-${address.replaceAll(/[.:]/g, '-')}`;
  return { ip_address: address, hostname, fqdn: `${hostname}.openstacklocal.` };
};
