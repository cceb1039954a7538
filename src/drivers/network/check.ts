import type {
  AddressGroup,
  AddressSpec,
  NetworkSpec,
  DhcpPortSpec,
  PortForwardingSpec,
  PortRange,
  PortSpec,
  RateSpec,
  RemoteSpec,
  RouteSpec,
  RouterSpec,
  SegmentSpec,
} from './driver.ts';
import { badRequest } from '#kernel/errors.ts';
import { canonicalAddress, canonicalCidr } from './addresses.ts';

/**
 * The gate: what passes here may be written into the languages of ip, nft and dnsmasq. Everything else in this folder
 * trusts its input.
 */

const ID = /^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/;
const MAC = /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i;
const DEVICE = /^[A-Za-z][A-Za-z0-9_.-]{0,14}$/;
const DHCP_OPTION = /^[a-z0-9][a-z0-9-]{0,63}$/;
/** One line of a file that dnsmasq reads, without what ends a value there. */
const DHCP_VALUE = /^[\x21-\x7e]([\x20-\x7e]{0,253}[\x21-\x7e])?$/;
const HOST_NAME = /^[A-Za-z0-9_]([A-Za-z0-9_.-]{0,251}[A-Za-z0-9_])?$/;

export const checkId = (id: string): void => check(ID.test(id), `'${id}' is not an id.`);

export function checkNetwork(spec: NetworkSpec): void {
  checkId(spec.id);
  checkMtu(spec.mtu);
  spec.uplink?.addresses.forEach(checkAddress);
  if (spec.segment) checkSegment(spec.segment);
  check(
    spec.resolver !== null || (spec.dhcp.length === 0 && !spec.metadata),
    'DHCP and metadata need a resolver.',
  );
  for (const { cidr, gateway, dnsServers, routes } of spec.dhcp) {
    canonicalCidr(cidr);
    [...(gateway === null ? [] : [gateway]), ...dnsServers].forEach(canonicalAddress);
    routes.forEach(checkRoute);
  }
  if (spec.resolver === null) return;
  const { mac, addresses, domain, records, servers } = spec.resolver;
  checkMac(mac);
  addresses.forEach(checkAddress);
  [domain, ...records.map((record) => record.name)].forEach((name) =>
    check(HOST_NAME.test(name), `'${name}' is not a host name.`),
  );
  [...servers, ...records.map((record) => record.address)].forEach(canonicalAddress);
}

export function checkPort(spec: PortSpec): void {
  [spec.id, spec.networkId, spec.sandboxId].forEach(checkId);
  check(DEVICE.test(spec.device) && spec.device !== 'lo', `'${spec.device}' is not a device name.`);
  if (spec.outside) check(DEVICE.test(spec.outside.bridge), `'${spec.outside.bridge}' is not a device name.`);
  checkMac(spec.mac);
  checkMtu(spec.mtu);
  spec.addresses.forEach(checkAddress);
  spec.gateways.forEach(canonicalAddress);
  spec.routes.forEach(checkRoute);
  [spec.bandwidth.ingress, spec.bandwidth.egress].forEach((rate) => rate && checkRate(rate));
  if (spec.dhcp) checkDhcp(spec.dhcp);
  for (const pair of spec.filter?.allowedPairs ?? []) {
    checkMac(pair.mac);
    canonicalCidr(pair.address);
  }
  for (const { remote, protocol, portMin, portMax } of spec.filter?.rules ?? []) {
    [protocol, portMin, portMax].forEach((number) =>
      check(number === null || isUint16(number), `${number} is not a protocol or port.`),
    );
    if (remote && 'group' in remote) checkId(remote.group);
    else if (remote) canonicalCidr(remote.cidr);
  }
}

export function checkRouter(spec: RouterSpec): void {
  checkId(spec.id);
  for (const side of [...spec.interfaces, ...(spec.gateway ? [spec.gateway] : [])]) {
    [side.portId, side.networkId].forEach(checkId);
    checkMac(side.mac);
    checkMtu(side.mtu);
    side.addresses.forEach(checkAddress);
    for (const { cidr, dnsServers } of side.advertise) {
      canonicalCidr(cidr);
      dnsServers.forEach(canonicalAddress);
    }
  }
  spec.gateway?.nexthops.forEach(canonicalAddress);
  spec.floatingIps.flatMap((ip) => [ip.external, ip.fixed]).forEach(canonicalAddress);
  spec.portForwardings.forEach(checkForwarding);
  spec.routes.forEach(checkRoute);
}

export function checkRemotes(remotes: readonly RemoteSpec[]): void {
  for (const { id, networkId, mac, addresses, node } of remotes) {
    [id, networkId].forEach(checkId);
    checkMac(mac);
    [...addresses, node].forEach(canonicalAddress);
  }
}

export function checkGroups(groups: readonly AddressGroup[]): void {
  for (const { id, addresses } of groups) {
    checkId(id);
    addresses.forEach(canonicalCidr);
  }
}

function checkSegment(segment: SegmentSpec): void {
  if (segment.type !== 'vxlan')
    check(DEVICE.test(segment.physicalNetwork), `'${segment.physicalNetwork}' is not a physical network.`);
  if (segment.type === 'flat') return;
  const last = segment.type === 'vlan' ? 4094 : 0xff_ffff;
  const { id } = segment;
  check(Number.isInteger(id) && id > 0 && id <= last, `${id} is not a segment of a ${segment.type} network.`);
}

const checkRate = ({ kbps, burstKbits }: RateSpec): void =>
  check(
    Number.isSafeInteger(kbps) && kbps > 0 && Number.isSafeInteger(burstKbits) && burstKbits >= 0,
    `${kbps} kbit/s with ${burstKbits} kbit at once is not a rate.`,
  );

function checkDhcp({ hostname, options }: DhcpPortSpec): void {
  check(hostname === null || HOST_NAME.test(hostname), `'${hostname}' is not a host name.`);
  for (const { name, value } of options) {
    check(DHCP_OPTION.test(name), `'${name}' is not a DHCP option.`);
    check(DHCP_VALUE.test(value), `'${value}' is not a value of a DHCP option.`);
  }
}

function checkForwarding({ protocol, external, externalPorts, fixed, fixedPorts }: PortForwardingSpec): void {
  [external, fixed].forEach(canonicalAddress);
  check(['tcp', 'udp', 'sctp'].includes(protocol), `'${protocol}' has no ports to forward.`);
  for (const { first, last } of [externalPorts, fixedPorts])
    check(isUint16(first) && isUint16(last) && 0 < first && first <= last, `${first}-${last} are not ports.`);
  check(
    lengthOf(externalPorts) === lengthOf(fixedPorts),
    'As many ports outside as inside can be forwarded.',
  );
}

const lengthOf = ({ first, last }: PortRange): number => last - first;

function checkAddress(spec: AddressSpec): void {
  canonicalCidr(`${spec.address}/${spec.prefix}`);
}

function checkRoute(route: RouteSpec): void {
  canonicalCidr(route.destination);
  canonicalAddress(route.nexthop);
}

const checkMac = (mac: string): void => check(MAC.test(mac), `'${mac}' is not a MAC address.`);

const checkMtu = (mtu: number): void => check(isUint16(mtu) && mtu >= 68, `${mtu} is not an MTU in bytes.`);

const isUint16 = (number: number): boolean => Number.isInteger(number) && number >= 0 && number <= 65_535;

function check(holds: boolean, message: string): void {
  if (!holds) throw badRequest(message);
}
