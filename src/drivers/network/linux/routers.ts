import type { RouterInterface, RouterSpec, RouteSpec } from '../driver.ts';
import { contains, isIPv6 } from '../addresses.ts';
import type { Advertisers } from './advertisers.ts';
import type { Filters } from './filters.ts';
import type { Host } from './host.ts';
import type { Link, OwnLink } from './link-plan.ts';
import type { Links } from './links.ts';
import type { Names } from './names.ts';
import { routerRules } from './nat.ts';
import type { Networks } from './networks.ts';

export interface RoutersDeps {
  readonly host: Host;
  readonly names: Names;
  readonly links: Links;
  readonly filters: Filters;
  readonly networks: Networks;
  readonly advertisers: Advertisers;
}

/** It forwards, announces its addresses when they come, and sends no redirects: its NAT would make them lies. */
const SETTINGS = [
  'net.ipv4.ip_forward=1',
  'net.ipv6.conf.all.forwarding=1',
  'net.ipv6.conf.default.forwarding=1',
  'net.ipv6.conf.default.accept_ra=0',
  'net.ipv4.conf.all.rp_filter=0',
  'net.ipv4.conf.default.rp_filter=0',
  'net.ipv4.conf.all.send_redirects=0',
  'net.ipv4.conf.default.send_redirects=0',
  'net.ipv4.conf.default.arp_notify=1',
  'net.ipv6.conf.default.ndisc_notify=1',
];

/** Routers: a namespace each, with a link into every network that it joins. */
export class Routers {
  readonly #deps: RoutersDeps;

  constructor(deps: RoutersDeps) {
    this.#deps = deps;
  }

  async ensure(spec: RouterSpec): Promise<void> {
    const { host, names } = this.#deps;
    const namespace = names.namespace('router', spec.id);
    const links = routerLinks(spec, names);
    await Promise.all(sides(spec).map(({ networkId }) => this.#deps.networks.require(networkId)));
    await host.addNamespace(namespace, SETTINGS);
    await this.#unplugOthers(namespace, links);
    const gateway = spec.gateway ? names.device('router', spec.gateway.portId) : '';
    // First, so that no packet leaves untranslated.
    await host.nft(namespace, routerRules(spec, gateway));
    for (const link of links) await this.#plug(link);
    await this.#deps.advertisers.ensure(spec);
  }

  async remove(id: string): Promise<void> {
    const { host, names } = this.#deps;
    const namespace = names.namespace('router', id);
    await this.#deps.advertisers.remove(id);
    if (await host.hasNamespace(namespace)) await this.#unplugOthers(namespace, []);
    await host.removeNamespace(namespace);
  }

  async #plug(link: OwnLink): Promise<void> {
    const { filters, links } = this.#deps;
    const state = await links.connect(link);
    await filters.set(link.network, { ...link, device: link.bridgeEnd, filter: null });
    await links.configure(link, state);
  }

  /** Takes away the links that are not wanted. Their labels, which nobody else can write here, tell their network. */
  async #unplugOthers(namespace: string, wanted: readonly Link[]): Promise<void> {
    const { filters, host, links } = this.#deps;
    const [devices = []] = await host.show<{ ifname: string; ifalias?: string }>(namespace, ['link show']);
    const keep = new Set(['lo', ...wanted.map((link) => link.device)]);
    for (const { ifname, ifalias } of devices.filter((device) => !keep.has(device.ifname))) {
      const network = ifalias?.split(' ')[1];
      if (network && (await host.hasNamespace(network))) {
        // The link last: it alone tells, after a crash, that there is something to remove.
        await filters.remove(network, ifname);
        await links.disconnect(network, ifname);
      } else await host.ipRemove(namespace, [`link del ${ifname}`]);
    }
  }
}

/** The links of a router with the routes that leave by each. Pure. */
export function routerLinks(spec: RouterSpec, names: Names): OwnLink[] {
  const routes = assignRoutes(spec);
  return sides(spec).map((side) => ({
    network: names.namespace('net', side.networkId),
    bridgeEnd: names.device('router', side.portId),
    namespace: names.namespace('router', spec.id),
    device: names.device('router', side.portId),
    label: `router ${names.namespace('net', side.networkId)}`,
    mac: side.mac,
    mtu: side.mtu,
    addresses: side === spec.gateway ? [...side.addresses, ...floatingAddresses(spec)] : side.addresses,
    routes: routes.get(side) ?? [],
    up: spec.up,
  }));
}

const sides = (spec: RouterSpec): RouterInterface[] => [
  ...spec.interfaces,
  ...(spec.gateway ? [spec.gateway] : []),
];

/** On the gateway, so that the router answers for them on the external network. */
const floatingAddresses = (spec: RouterSpec) =>
  [...new Set([...spec.floatingIps, ...spec.portForwardings].map(({ external }) => external))].map(
    (address) => ({ address, prefix: 32 }),
  );

/** A route leaves by the side whose subnet its next hop is in, or else by the gateway. */
function assignRoutes(spec: RouterSpec): Map<RouterInterface, RouteSpec[]> {
  const defaults = (spec.gateway?.nexthops ?? []).map((nexthop) => ({
    destination: isIPv6(nexthop) ? '::/0' : '0.0.0.0/0',
    nexthop,
  }));
  const routes = new Map<RouterInterface, RouteSpec[]>();
  const assign = (side: RouterInterface | null | undefined, route: RouteSpec) => {
    if (side) routes.set(side, [...(routes.get(side) ?? []), route]);
  };
  for (const route of defaults) assign(spec.gateway, route);
  for (const route of spec.routes) assign(sideOf(spec, route.nexthop) ?? spec.gateway, route);
  return routes;
}

const sideOf = (spec: RouterSpec, nexthop: string): RouterInterface | undefined =>
  sides(spec).find((side) =>
    side.addresses.some(({ address, prefix }) => contains(`${address}/${prefix}`, nexthop)),
  );
