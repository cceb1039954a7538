import type { AddressGroup, AddressSpec, NetworkSpec, PortSpec, RouteSpec, RouterSpec } from './driver.ts';
import { badRequest } from '#kernel/errors.ts';
import { canonicalAddress, canonicalCidr } from './addresses.ts';

/**
 * The gate: what passes here may be written into the languages of ip, nft and dnsmasq. Everything else in this folder
 * trusts its input.
 */

const ID = /^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/;
const MAC = /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i;
const DEVICE = /^[A-Za-z][A-Za-z0-9_.-]{0,14}$/;
const HOST_NAME = /^[A-Za-z0-9_]([A-Za-z0-9_.-]{0,251}[A-Za-z0-9_])?$/;

export const checkId = (id: string): void => check(ID.test(id), `'${id}' is not an id.`);

export function checkNetwork(spec: NetworkSpec): void {
  checkId(spec.id);
  checkMtu(spec.mtu);
  spec.uplink?.addresses.forEach(checkAddress);
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
  checkMac(spec.mac);
  checkMtu(spec.mtu);
  spec.addresses.forEach(checkAddress);
  spec.gateways.forEach(canonicalAddress);
  spec.routes.forEach(checkRoute);
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
  }
  spec.gateway?.nexthops.forEach(canonicalAddress);
  spec.floatingIps.flatMap((ip) => [ip.external, ip.fixed]).forEach(canonicalAddress);
  spec.routes.forEach(checkRoute);
}

export function checkGroups(groups: readonly AddressGroup[]): void {
  for (const { id, addresses } of groups) {
    checkId(id);
    addresses.forEach(canonicalCidr);
  }
}

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
