import type { DhcpPortSpec, DhcpSubnetSpec } from '#drivers/network/driver.ts';
import type { Port } from '../model/port.ts';
import type { Subnet } from '../model/subnet.ts';

/** Containers are given their addresses directly; what else computes asks for them. */
export const asksDhcp = ({ deviceOwner }: Port): boolean =>
  deviceOwner.startsWith('compute:') && deviceOwner !== 'compute:kuryr';

export const dhcpPort = (port: Port): DhcpPortSpec => ({
  hostname: port.dnsName || null,
  options: port.extraDhcpOpts.flatMap(({ opt_name: name, opt_value: value, ip_version: version }) =>
    value === null ? [] : [{ ipVersion: version === 6 ? 6 : 4, name, value }],
  ),
});

export const dhcpSubnets = (subnets: readonly Subnet[]): DhcpSubnetSpec[] =>
  subnets.flatMap((subnet) => {
    const mode = modeOf(subnet);
    if (mode === null) return [];
    const { cidr, gatewayIp, dnsNameservers, hostRoutes } = subnet;
    const gateway = subnet.ipVersion === 4 ? gatewayIp : null;
    return [{ cidr, mode, gateway, dnsServers: dnsNameservers, routes: hostRoutes }];
  });

/** null = the subnet has no DHCP, or its router tells all. */
function modeOf({ enableDhcp, ipVersion, ipv6AddressMode }: Subnet): DhcpSubnetSpec['mode'] | null {
  if (!enableDhcp) return null;
  if (ipVersion === 4) return 'stateful';
  if (ipv6AddressMode === 'dhcpv6-stateful') return 'stateful';
  return ipv6AddressMode === 'dhcpv6-stateless' ? 'stateless' : null;
}
