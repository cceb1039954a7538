import type { CloudError } from '#kernel/errors.ts';
import {
  contains,
  defaultPools,
  findAddress,
  formatAddress,
  overlaps,
  parseAddress,
  parseCidr,
  toPool,
  toRange,
  usableRange,
  type Address,
  type Cidr,
  type IpVersion,
  type Pool,
  type Range,
} from './addresses.ts';
import { invalid, networkError, refused } from './errors.ts';
import type { Standard } from './standard.ts';

export type Ipv6Mode = 'slaac' | 'dhcpv6-stateful' | 'dhcpv6-stateless';

export interface HostRoute {
  readonly destination: string;
  readonly nexthop: string;
}

export interface Subnet extends Standard {
  readonly networkId: string;
  readonly ipVersion: IpVersion;
  readonly cidr: string;
  readonly gatewayIp: string | null;
  readonly enableDhcp: boolean;
  readonly allocationPools: readonly Pool[];
  readonly dnsNameservers: readonly string[];
  readonly hostRoutes: readonly HostRoute[];
  readonly ipv6RaMode: Ipv6Mode | null;
  readonly ipv6AddressMode: Ipv6Mode | null;
  readonly subnetpoolId: string | null;
  /** Device owners whose ports take addresses here by themselves; empty = all that no other subnet is for. */
  readonly serviceTypes: readonly string[];
}

export const subnetNotFound = (id: string): CloudError =>
  networkError('not-found', 'SubnetNotFound', `Subnet ${id} could not be found.`);
export const subnetInUse = (id: string): CloudError =>
  refused(
    'SubnetInUse',
    `Unable to complete operation on subnet ${id}: One or more ports have an IP allocation from this subnet.`,
  );

/** Whether hosts make their addresses themselves, from their MAC. */
export const isAutoAddressed = (subnet: Subnet): boolean =>
  subnet.ipVersion === 6 &&
  (subnet.ipv6AddressMode === 'slaac' || subnet.ipv6AddressMode === 'dhcpv6-stateless');

/** The given gateway, none for null, the first usable address when nothing is said. */
export function gatewayOf(cidr: Cidr, given: string | null | undefined): Address | null {
  if (given === null) return null;
  if (given === undefined) return { version: cidr.version, value: usableRange(cidr).first };
  const address = parseAddress(given);
  if (address.version !== cidr.version)
    throw invalid(`Gateway IP ${given} is not of the IP version of the subnet.`);
  return address;
}

/** The given pools, checked, or all that is left beside the gateway. */
export function poolsOf(cidr: Cidr, gateway: Address | null, given: readonly Pool[] | undefined): Pool[] {
  const ranges = given?.map((pool) => checkedRange(cidr, pool)) ?? defaultPools(cidr, gateway);
  assertDisjoint(ranges);
  if (gateway && ranges.some(({ first, last }) => gateway.value >= first && gateway.value <= last)) {
    const text = formatAddress(gateway.version, gateway.value);
    throw refused('GatewayConflictWithAllocationPools', `Gateway ip ${text} conflicts with allocation pool.`);
  }
  return ranges.map((range) => toPool(cidr.version, range));
}

function checkedRange(cidr: Cidr, pool: Pool): Range {
  const range = toRange(pool);
  const label = `${pool.start}-${pool.end}`;
  const sameVersion = [pool.start, pool.end].every((end) => findAddress(end)?.version === cidr.version);
  if (!sameVersion || range.first > range.last)
    throw networkError('bad-request', 'InvalidAllocationPool', `The allocation pool ${label} is not valid.`);
  const usable = usableRange(cidr);
  if (range.first < usable.first || range.last > usable.last)
    throw networkError(
      'bad-request',
      'OutOfBoundsAllocationPool',
      `The allocation pool ${label} spans beyond the subnet cidr.`,
    );
  return range;
}

function assertDisjoint(ranges: readonly Range[]): void {
  const sorted = ranges.toSorted((a, b) => (a.first < b.first ? -1 : 1));
  sorted.forEach((range, index) => {
    const next = sorted[index + 1];
    if (next && next.first <= range.last)
      throw refused('OverlappingAllocationPools', 'Found overlapping allocation pools in the subnet.');
  });
}

/** Subnets of one network may not share addresses. */
export function assertNoOverlap(cidr: Cidr, others: readonly Subnet[]): void {
  const other = others.find((subnet) => overlaps(cidr, parseCidr(subnet.cidr)));
  if (other)
    throw invalid(
      `Requested subnet with cidr overlaps with another subnet: ${other.cidr} of subnet ${other.id}.`,
    );
}

/** IPv6 modes only where they can be: version 6, alike when both are given, a /64 for addresses made from the MAC. */
export function assertIpv6Modes(cidr: Cidr, ra: Ipv6Mode | null, mode: Ipv6Mode | null): void {
  if (!ra && !mode) return;
  if (cidr.version === 4) throw invalid('ipv6_ra_mode and ipv6_address_mode are not valid for IPv4 subnets.');
  if (ra && mode && ra !== mode)
    throw invalid(`ipv6_ra_mode set to '${ra}' with ipv6_address_mode set to '${mode}' is not valid.`);
  if ((mode ?? ra) !== 'dhcpv6-stateful' && cidr.prefix !== 64)
    throw invalid(`Invalid CIDR for IPv6 address mode: the prefix must be 64 for ${mode ?? ra}.`);
}

/** Routes name networks and next hops of one version. */
export function checkedRoutes(routes: readonly HostRoute[]): HostRoute[] {
  return routes.map(({ destination, nexthop }) => {
    if (parseCidr(destination).version !== parseAddress(nexthop).version)
      throw invalid(`The route to ${destination} by ${nexthop} mixes IP versions.`);
    return { destination, nexthop };
  });
}

/** @throws CloudError `InvalidIpForSubnet`. */
export function assertInSubnet(subnet: Subnet, address: Address, text: string): void {
  if (!contains(parseCidr(subnet.cidr), address))
    throw networkError(
      'bad-request',
      'InvalidIpForSubnet',
      `IP address ${text} is not a valid IP for the specified subnet.`,
    );
}

/** Device owners are the only kinds of service there are. @throws CloudError `InvalidSubnetServiceType`. */
export function checkedServiceTypes(types: readonly string[]): string[] {
  const wrong = types.find((type) => !/^(network|compute|baremetal|trunk):/.test(type));
  if (wrong !== undefined)
    throw networkError(
      'bad-request',
      'InvalidSubnetServiceType',
      `Subnet service type ${wrong} does not correspond to a valid device owner.`,
    );
  return [...new Set(types)];
}

/** The subnets that ports of this owner take addresses from by themselves: those for it, else those for all. */
export function subnetsFor(deviceOwner: string, subnets: readonly Subnet[]): Subnet[] {
  const own = subnets.filter(({ serviceTypes }) => serviceTypes.includes(deviceOwner));
  return own.length > 0 ? own : subnets.filter(({ serviceTypes }) => serviceTypes.length === 0);
}
