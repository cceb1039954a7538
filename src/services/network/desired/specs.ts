import type {
  AddressSpec,
  BandwidthSpec,
  FilterRule,
  FilterSpec,
  NetworkSpec,
  PortSpec,
  ResolverSpec,
  RouterInterface,
  RouterSpec,
  SegmentSpec,
} from '#drivers/network/driver.ts';
import { asksDhcp, dhcpPort, dhcpSubnets } from './dhcp.ts';
import { advertised, forwardingSpecs } from './router-parts.ts';
import { formatCidr, parseCidr, parseNetwork } from '../model/addresses.ts';
import type { FloatingIp } from '../model/floating-ip.ts';
import { isUplink, type Network } from '../model/network.ts';
import { ROUTER_GATEWAY } from '../model/device-owner.ts';
import { handoverDevice, isHandedOver, type Port } from '../model/port.ts';
import type { PortForwarding } from '../model/port-forwarding.ts';
import type { Router } from '../model/router.ts';
import { protocolNumber, type SecurityGroupRule } from '../model/security-group.ts';
import type { HostRoute, Subnet } from '../model/subnet.ts';

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
    uplink:
      network.external && segmentSpec(network) === null
        ? { addresses: gatewayAddresses(parts.subnets), masquerade: true }
        : null,
    dhcp: parts.resolverPort ? dhcpSubnets(parts.subnets) : [],
    metadata: parts.resolverPort !== undefined,
  };
}

/** The network behind the machine's own uplink has no segment, nor has an external one by tunnels. */
function segmentSpec(network: Network): SegmentSpec | null {
  const { networkType, physicalNetwork, segmentationId: id, external } = network;
  if (networkType === 'vxlan') return id === null || external ? null : { type: 'vxlan', id };
  if (physicalNetwork === null || isUplink(network)) return null;
  if (networkType === 'flat') return { type: 'flat', physicalNetwork };
  return id === null ? null : { type: 'vlan', physicalNetwork, id };
}

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
  /** Addresses by the id of their group: rules that name one are written out. */
  readonly addressGroups: ReadonlyMap<string, readonly string[]>;
  /** Whether one of its groups is: then answers pass. */
  readonly stateful: boolean;
  readonly bandwidth: BandwidthSpec;
  /** Of the network: it is where the metadata service answers. */
  readonly resolver: Port | undefined;
}

export function portSpec(port: Port, parts: PortParts): PortSpec {
  const { network, subnets, resolver } = parts;
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
    routes: [...own.flatMap((subnet) => subnet.hostRoutes), ...metadataRoute(port, resolver)],
    up: port.adminStateUp && network.adminStateUp,
    filter: port.portSecurityEnabled ? filterSpec(port, parts) : null,
    bandwidth: parts.bandwidth,
    dhcp: asksDhcp(port) ? dhcpPort(port) : null,
  };
}

const METADATA = '169.254.169.254/32';

/** Only a port that has its address in the resolver's subnet finds it without a router. */
function metadataRoute(port: Port, resolver: Port | undefined): HostRoute[] {
  const own = new Set(port.fixedIps.map(({ subnetId }) => subnetId));
  const there = resolver?.fixedIps.find(
    ({ subnetId, address }) => own.has(subnetId) && !address.includes(':'),
  );
  return there && port.primary ? [{ destination: METADATA, nexthop: there.address }] : [];
}

const filterSpec = (port: Port, { rules, addressGroups, stateful }: PortParts): FilterSpec => ({
  allowedPairs: port.allowedAddressPairs.map(({ ipAddress, macAddress }) => ({
    mac: macAddress || port.macAddress,
    address: ipAddress,
  })),
  rules: rules.flatMap((rule) => filterRules(rule, addressGroups)),
  stateful,
});

/** One rule of the driver's for each address of the group that the rule names; else just one. */
function filterRules(rule: SecurityGroupRule, groups: PortParts['addressGroups']): FilterRule[] {
  if (rule.remoteAddressGroupId === null) return [{ ...filterTerms(rule), remote: remoteOf(rule) }];
  const version = rule.ethertype === 'IPv4' ? 4 : 6;
  const addresses = groups.get(rule.remoteAddressGroupId) ?? [];
  return addresses
    .filter((cidr) => parseCidr(cidr).version === version)
    .map((cidr) => ({ ...filterTerms(rule), remote: { cidr } }));
}

const filterTerms = (rule: SecurityGroupRule): Omit<FilterRule, 'remote'> => ({
  direction: rule.direction,
  ipVersion: rule.ethertype === 'IPv4' ? 4 : 6,
  protocol: protocolNumber(rule.protocol, rule.ethertype),
  portMin: rule.portRangeMin,
  portMax: rule.portRangeMax,
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
  readonly forwardings: readonly PortForwarding[];
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
    portForwardings: parts.forwardings.flatMap((one) => forwardingSpecs(one, parts.floatingIps)),
    routes: router.routes,
  };
}

const routerInterface = (port: Port, { networks, subnets }: RouterParts): RouterInterface => ({
  portId: port.id,
  networkId: port.networkId,
  mac: port.macAddress,
  mtu: networks.get(port.networkId)?.mtu ?? 0,
  addresses: addressSpecs(port, subnets),
  advertise: port.deviceOwner === ROUTER_GATEWAY ? [] : advertised(subnetsOf(port, subnets)),
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
