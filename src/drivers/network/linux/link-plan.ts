import type { AddressSpec, RouteSpec } from '../driver.ts';
import { canonicalAddress, canonicalCidr, isIPv6, linkLocal } from '../addresses.ts';
import type { Namespace } from './host.ts';

/** A virtual cable: one end on a network's bridge, the other in a workload, a router, a resolver or the machine. */
export interface Link {
  /** Namespace of the network, and the name of the end on its bridge. */
  readonly network: Namespace;
  /** Default: the one of a network of ours. */
  readonly bridge?: string;
  readonly bridgeEnd: string;
  readonly namespace: Namespace;
  readonly device: string;
  /** Who this is, for `inspect`: kept with both ends. One that differs is another link. */
  readonly label: string;
  readonly mac: string;
  readonly mtu: number;
  readonly addresses: readonly AddressSpec[];
  readonly routes: readonly RouteSpec[];
  readonly up: boolean;
  /** The far end gives itself addresses and routes, by DHCP: then they are not ours to say. */
  readonly isSelfConfigured?: boolean;
  /** Whether the far end is for somebody else to take and to set up: then it may be anywhere. */
  readonly handover?: boolean;
}

/** One on a network of ours. */
export type OwnLink = Link & { readonly network: string };

/** The far end as it is. Addresses as `10.0.0.5/24`, routes as `destination via nexthop`. */
export interface LinkState {
  readonly label: string;
  readonly mac: string;
  readonly mtu: number;
  readonly up: boolean;
  readonly addresses: readonly string[];
  readonly routes: readonly string[];
}

/** What `ip -json addr` and `ip -json route` print, as far as we look. */
export interface ShownDevice {
  readonly ifindex: number;
  readonly link_index?: number;
  readonly ifname: string;
  readonly ifalias?: string;
  readonly flags: readonly string[];
  readonly mtu: number;
  readonly master?: string;
  readonly address: string;
  readonly addr_info?: readonly { readonly local: string; readonly prefixlen: number }[];
}

export interface ShownRoute {
  readonly dst: string;
  readonly gateway?: string;
  readonly dev?: string;
  readonly protocol?: string;
  readonly table?: string;
}

export const newLinkState = (link: Link): LinkState => ({
  label: '',
  mac: link.mac,
  mtu: link.mtu,
  up: false,
  addresses: [],
  routes: [],
});

export function parseLinkState(device: ShownDevice, routes: readonly ShownRoute[]): LinkState {
  return {
    label: device.ifalias ?? '',
    mac: device.address,
    mtu: device.mtu,
    up: device.flags.includes('UP'),
    addresses: (device.addr_info ?? []).map(({ local, prefixlen }) => `${local}/${prefixlen}`),
    // Routes that we made; the kernel's own follow the addresses, and a workload's own are its business.
    routes: routes
      .filter((route) => route.dev === device.ifname && route.protocol === 'static' && !route.table)
      .map((route) => `${shownDestination(route)} via ${route.gateway}`),
  };
}

/** Lines of ip(8) that turn what is there into the link, nothing when it is so already. Pure. */
export function planLink(state: LinkState, link: Link): string[] {
  const device = `dev ${link.device}`;
  const [addresses, routes] = link.isSelfConfigured
    ? [state.addresses, state.routes]
    : [wantedAddresses(link), wantedRoutes(link)];
  const goneRoutes = state.routes.filter((route) => !routes.includes(route));
  const goneAddresses = state.addresses.filter((address) => !addresses.includes(address));
  const newAddresses = addresses.filter((address) => !state.addresses.includes(address));
  const settings = planSettings(state, link);
  const changed = settings.length + goneAddresses.length + newAddresses.length > 0;
  return [
    ...settings,
    ...goneRoutes.map((route) => `route del ${route} ${device} proto static`),
    ...goneAddresses.map((address) => `addr del ${address} ${device}`),
    ...newAddresses.map((address) => `addr add ${address} ${device}${isIPv6(address) ? ' nodad' : ''}`),
    // Both coming up and being given a MAC, even the same, make the kernel announce the addresses to the neighbours.
    ...(state.up ? [] : [`link set ${device} up`]),
    ...(state.up && newAddresses.length > 0 ? [`link set ${device} address ${link.mac}`] : []),
    // Taking an address away takes routes along: with any change, say all of them again.
    ...routes
      .filter((route) => changed || !state.routes.includes(route))
      .map((route) => `route replace ${route} ${device} proto static onlink`),
  ];
}

function planSettings(state: LinkState, link: Link): string[] {
  const device = `dev ${link.device}`;
  return [
    ...(state.label === link.label ? [] : [`link set ${device} alias "${link.label}" addrgenmode none`]),
    ...(state.mac === link.mac.toLowerCase() ? [] : [`link set ${device} address ${link.mac}`]),
    ...(state.mtu === link.mtu ? [] : [`link set ${device} mtu ${link.mtu}`]),
  ];
}

/** A device that speaks IPv6 needs a link-local address; the kernel's own would follow neither our MAC nor `nodad`. */
function wantedAddresses(link: Link): string[] {
  const given = link.addresses.map(({ address, prefix }) => `${canonicalAddress(address)}/${prefix}`);
  return given.some(isIPv6) ? [...given, `${linkLocal(link.mac)}/64`] : given;
}

const wantedRoutes = (link: Link): string[] =>
  link.routes.map(
    ({ destination, nexthop }) => `${canonicalCidr(destination)} via ${canonicalAddress(nexthop)}`,
  );

function shownDestination({ dst, gateway = '' }: ShownRoute): string {
  return canonicalCidr(dst === 'default' ? (isIPv6(gateway) ? '::/0' : '0.0.0.0/0') : dst);
}
