import type { AdvertiseSpec, PortForwardingSpec } from '#drivers/network/driver.ts';
import type { FloatingIp } from '../model/floating-ip.ts';
import type { PortForwarding } from '../model/port-forwarding.ts';
import type { Subnet } from '../model/subnet.ts';

const MODES = { slaac: 'slaac', 'dhcpv6-stateless': 'stateless', 'dhcpv6-stateful': 'stateful' } as const;

/** The IPv6 subnets that say that their router advertises them. */
export const advertised = (subnets: readonly Subnet[]): AdvertiseSpec[] =>
  subnets.flatMap(({ cidr, ipv6RaMode, dnsNameservers }) =>
    ipv6RaMode === null ? [] : [{ cidr, mode: MODES[ipv6RaMode], dnsServers: dnsNameservers }],
  );

/** One line of the driver's, whose ranges are alike; one port inside may stand for many outside. */
export function forwardingSpecs(
  one: PortForwarding,
  floatingIps: readonly FloatingIp[],
): PortForwardingSpec[] {
  const floatingIp = floatingIps.find(({ id }) => id === one.floatingIpId);
  if (!floatingIp) return [];
  const common = {
    protocol: one.protocol as PortForwardingSpec['protocol'],
    external: floatingIp.floatingIpAddress,
    fixed: one.internalIpAddress,
  };
  const fixedPorts = { first: one.internalPortMin, last: one.internalPortMax };
  const externalPorts = { first: one.externalPortMin, last: one.externalPortMax };
  if (one.internalPortMin !== one.internalPortMax || one.externalPortMin === one.externalPortMax)
    return [{ ...common, id: one.id, externalPorts, fixedPorts }];
  return portsOf(externalPorts).map((port) => ({
    ...common,
    id: `${one.id}-${port}`,
    externalPorts: { first: port, last: port },
    fixedPorts,
  }));
}

const portsOf = ({ first, last }: { first: number; last: number }): number[] =>
  Array.from({ length: last - first + 1 }, (_, at) => first + at);
