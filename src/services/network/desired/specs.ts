import {
  UNLIMITED,
  type AddressSpec,
  type FilterRule,
  type FilterSpec,
  type NetworkSpec,
  type PortSpec,
  type ResolverSpec,
  type RouterInterface,
  type RouterSpec,
  type SegmentSpec,
} from '#drivers/network/driver.ts';
import { formatCidr, parseCidr, parseNetwork } from '../model/addresses.ts';
import type { FloatingIp } from '../model/floating-ip.ts';
import type { Network } from '../model/network.ts';
import { handoverDevice, isHandedOver, ROUTER_GATEWAY, type Port } from '../model/port.ts';
import type { Router } from '../model/router.ts';
import { protocolNumber, type SecurityGroupRule } from '../model/security-group.ts';
import type { Subnet } from '../model/subnet.ts';

/** Subnets by id: what turns addresses into specs. */
export type SubnetsById = ReadonlyMap<string, Subnet>;

export interface NetworkParts {
  readonly subnets: readonly Subnet[];
  /** The network's own port, where its resolver answers. */
  readonly resolverPort: Port | undefined;
  /** Bound ports that have a name. */
  readonly named: readonly Port[];
  /** Search domain where the network has none. */
  readonly domain: string;
}

export function networkSpec(network: Network, parts: NetworkParts): NetworkSpec {
  return {
    id: network.id,
    mtu: network.mtu,
    segment: segmentSpec(network),
    resolver: parts.resolverPort ? resolverSpec(network, parts.resolverPort, parts) : null,
    uplink: network.external ? { addresses: gatewayAddresses(parts.subnets), masquerade: true } : null,
    dhcp: [],
    metadata: false,
  };
}

const segmentSpec = ({ networkType, segmentationId, external }: Network): SegmentSpec | null =>
  networkType === 'vxlan' && segmentationId !== null && !external
    ? { type: 'vxlan', id: segmentationId }
    : null;

/** A domain as resolvers want it: without the dot at its end. */
export const searchDomain = (network: Network, fallback: string): string =>
  (network.dnsDomain || fallback).replace(/\.$/, '');

function resolverSpec(network: Network, port: Port, parts: NetworkParts): ResolverSpec {
  return {
    mac: port.macAddress,
    addresses: addressSpecs(port, byId(parts.subnets)),
    domain: searchDomain(network, parts.domain),
    records: parts.named.flatMap(({ dnsName, fixedIps }) =>
      fixedIps.map(({ address }) => ({ name: dnsName, address })),
    ),
    servers: [...new Set(parts.subnets.flatMap((subnet) => subnet.dnsNameservers))],
  };
}

const gatewayAddresses = (subnets: readonly Subnet[]): AddressSpec[] =>
  subnets.flatMap(({ gatewayIp, cidr }) =>
    gatewayIp === null ? [] : [{ address: gatewayIp, prefix: parseCidr(cidr).prefix }],
  );

export interface PortParts {
  readonly network: Network;
  readonly subnets: SubnetsById;
  readonly rules: readonly SecurityGroupRule[];
}

export function portSpec(port: Port, { network, subnets, rules }: PortParts): PortSpec {
  const own = subnetsOf(port, subnets);
  return {
    id: port.id,
    networkId: port.networkId,
    sandboxId: port.deviceId,
    ...(isHandedOver(port) ? { handover: true, device: handoverDevice(port) } : { device: port.device }),
    mac: port.macAddress,
    mtu: network.mtu,
    addresses: addressSpecs(port, subnets),
    gateways: port.primary ? gatewaysOf(own) : [],
    routes: own.flatMap((subnet) => subnet.hostRoutes),
    up: port.adminStateUp && network.adminStateUp,
    filter: port.portSecurityEnabled ? filterSpec(port, rules) : null,
    bandwidth: UNLIMITED,
    dhcp: null,
  };
}

const filterSpec = (port: Port, rules: readonly SecurityGroupRule[]): FilterSpec => ({
  allowedPairs: port.allowedAddressPairs.map(({ ipAddress, macAddress }) => ({
    mac: macAddress || port.macAddress,
    address: ipAddress,
  })),
  rules: rules.map(filterRule),
  stateful: true,
});

const filterRule = (rule: SecurityGroupRule): FilterRule => ({
  direction: rule.direction,
  ipVersion: rule.ethertype === 'IPv4' ? 4 : 6,
  protocol: protocolNumber(rule.protocol, rule.ethertype),
  portMin: rule.portRangeMin,
  portMax: rule.portRangeMax,
  remote: remoteOf(rule),
});

function remoteOf({ remoteGroupId, remoteIpPrefix }: SecurityGroupRule): FilterRule['remote'] {
  if (remoteGroupId !== null) return { group: remoteGroupId };
  return remoteIpPrefix === null ? null : { cidr: formatCidr(parseNetwork(remoteIpPrefix)) };
}

export interface RouterParts {
  readonly ports: readonly Port[];
  readonly networks: ReadonlyMap<string, Network>;
  readonly subnets: SubnetsById;
  readonly floatingIps: readonly FloatingIp[];
}

export function routerSpec(router: Router, parts: RouterParts): RouterSpec {
  const gateway = parts.ports.find((port) => port.deviceOwner === ROUTER_GATEWAY);
  return {
    id: router.id,
    up: router.adminStateUp,
    interfaces: parts.ports
      .filter((port) => port.deviceOwner !== ROUTER_GATEWAY)
      .map((port) => routerInterface(port, parts)),
    gateway: gateway
      ? {
          ...routerInterface(gateway, parts),
          nexthops: gatewaysOf(subnetsOf(gateway, parts.subnets)),
          snat: router.enableSnat,
        }
      : null,
    floatingIps: parts.floatingIps.flatMap(({ id, floatingIpAddress, fixedIpAddress }) =>
      fixedIpAddress === null ? [] : [{ id, external: floatingIpAddress, fixed: fixedIpAddress }],
    ),
    portForwardings: [],
    routes: router.routes,
  };
}

const routerInterface = (port: Port, { networks, subnets }: RouterParts): RouterInterface => ({
  portId: port.id,
  networkId: port.networkId,
  mac: port.macAddress,
  mtu: networks.get(port.networkId)?.mtu ?? 0,
  addresses: addressSpecs(port, subnets),
  advertise: [],
});

const addressSpecs = (port: Port, subnets: SubnetsById): AddressSpec[] =>
  port.fixedIps.flatMap(({ subnetId, address }) => {
    const subnet = subnets.get(subnetId);
    return subnet ? [{ address, prefix: parseCidr(subnet.cidr).prefix }] : [];
  });

const subnetsOf = (port: Port, subnets: SubnetsById): Subnet[] =>
  [...new Set(port.fixedIps.map(({ subnetId }) => subnetId))].flatMap((id) => subnets.get(id) ?? []);

/** The first gateway of each IP version. */
const gatewaysOf = (subnets: readonly Subnet[]): string[] =>
  ([4, 6] as const).flatMap(
    (version) =>
      subnets.find((subnet) => subnet.ipVersion === version && subnet.gatewayIp !== null)?.gatewayIp ?? [],
  );

export const byId = <T extends { readonly id: string }>(items: readonly T[]): Map<string, T> =>
  new Map(items.map((item) => [item.id, item]));
