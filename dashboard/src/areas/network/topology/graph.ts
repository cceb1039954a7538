import {
  DHCP,
  ROUTER_GATEWAY,
  ROUTER_INTERFACE,
} from '../../../../../src/services/network/model/device-owner.ts';
import type { FloatingIp } from '../floating-ips.tsx';
import type { Network } from '../networks.tsx';
import type { Port } from '../ports.tsx';
import type { Router } from '../routers.tsx';
import type { Subnet } from '../subnets.tsx';
import type { Workload } from '../workloads.ts';

/** What the APIs say, all of it. */
export interface Sources {
  /** Whose topology it is: administrators are told of everybody's. */
  readonly project: string;
  readonly networks: readonly Network[];
  readonly subnets: readonly Subnet[];
  readonly routers: readonly Router[];
  readonly ports: readonly Port[];
  readonly floatingIps: readonly FloatingIp[];
  readonly workloads: readonly Workload[];
}

export type Kind = 'outside' | 'router' | 'network' | 'workload';

/** One thing of the picture. */
export interface Thing {
  readonly id: string;
  readonly kind: Kind;
  readonly name: string;
  readonly state: string;
  /** Of its page. */
  readonly path: string;
  /** Ranges or addresses. */
  readonly detail: string;
  /** null = on no node. */
  readonly host: string | null;
}

/** What hangs on what: the lower one first. */
export interface Link {
  readonly from: string;
  readonly to: string;
}

export interface Graph {
  readonly things: readonly Thing[];
  readonly links: readonly Link[];
}

/** What a project has of networks and on them. */
export function graphOf(sources: Sources): Graph {
  const networks = sources.networks.filter((one) => isSeen(one, sources));
  const routers = sources.routers.filter(({ project_id: project }) => project === sources.project);
  const things = [
    ...networks.map((network) => networkThing(network, sources.subnets)),
    ...routers.map(routerThing),
    ...workloadThings(sources),
  ];
  const known = new Set(things.map(({ id }) => id));
  const links = [...sources.ports.flatMap(linkOf), ...routers.flatMap(gatewayLink)];
  const distinct = new Map(links.map((link) => [`${link.from} ${link.to}`, link]));
  return { things, links: [...distinct.values()].filter(({ from, to }) => known.has(from) && known.has(to)) };
}

function isSeen({ id, project_id: project, ...network }: Network, sources: Sources): boolean {
  if (project === sources.project || network['router:external']) return true;
  const own = new Set(sources.workloads.map((one) => one.id));
  return sources.ports.some((port) => port.network_id === id && own.has(port.device_id));
}

const networkThing = (network: Network, subnets: readonly Subnet[]): Thing => ({
  id: network.id,
  kind: network['router:external'] ? 'outside' : 'network',
  name: network.name || network.id.slice(0, 8),
  state: network.status,
  path: `/networks/${network.id}`,
  detail: subnets
    .filter(({ network_id: id }) => id === network.id)
    .map(({ cidr }) => cidr)
    .join(' · '),
  host: null,
});

const routerThing = ({ id, name, status, external_gateway_info: gateway }: Router): Thing => ({
  id,
  kind: 'router',
  name: name || id.slice(0, 8),
  state: status,
  path: `/routers/${id}`,
  detail: (gateway?.external_fixed_ips ?? []).map(({ ip_address: ip }) => ip).join(' · '),
  host: null,
});

function workloadThings({ workloads, ports, floatingIps }: Sources): Thing[] {
  const portsOf = Map.groupBy(ports, ({ device_id: id }) => id);
  const outsideOf = Map.groupBy(floatingIps, ({ port_details: port }) => port?.device_id);
  return workloads.map(({ id, name, status, path, host }) => {
    const inside = (portsOf.get(id) ?? []).flatMap(({ fixed_ips: ips }) => ips[0]?.ip_address ?? []);
    const outside = (outsideOf.get(id) ?? []).map(({ floating_ip_address: address }) => address);
    const detail = [...inside, ...outside].join(' · ');
    return { id, kind: 'workload', name, state: status, path, host, detail };
  });
}

/** The gateway's port is of no project: routers say themselves where they lead. */
function linkOf({ device_owner: owner, device_id: device, network_id: network }: Port): Link[] {
  if (owner === ROUTER_INTERFACE) return [{ from: network, to: device }];
  if (owner === DHCP || owner === ROUTER_GATEWAY) return [];
  return [{ from: device, to: network }];
}

const gatewayLink = ({ id, external_gateway_info: gateway }: Router): Link[] =>
  gateway === null ? [] : [{ from: id, to: gateway.network_id }];
