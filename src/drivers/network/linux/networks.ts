import type { AddressSpec, NetworkSpec } from '../driver.ts';
import { conflict } from '#kernel/errors.ts';
import { isIPv6 } from '../addresses.ts';
import type { Filters } from './filters.ts';
import type { Host } from './host.ts';
import { BRIDGE, type Links } from './links.ts';
import { macOf, type Names } from './names.ts';
import { tableRemoval, uplinkRules } from './nat.ts';
import type { Resolvers } from './resolver.ts';
import type { Segments } from './segments.ts';

export interface NetworksDeps {
  readonly host: Host;
  readonly names: Names;
  readonly links: Links;
  readonly filters: Filters;
  readonly resolvers: Resolvers;
  readonly segments: Segments;
}

/** Bridged IP packets visit the inet hooks of this namespace, for conntrack; nothing here routes or listens. */
const SETTINGS = [
  'net.bridge.bridge-nf-call-iptables=1',
  'net.bridge.bridge-nf-call-ip6tables=1',
  'net.ipv4.ip_forward=0',
  'net.ipv6.conf.default.accept_ra=0',
];

const ACCEPT_RA = String.raw`^net\.ipv6\.conf\..*\.accept_ra$`;

/** A network: a namespace with a bridge and the filters of its ports, and what hangs on it. */
export class Networks {
  readonly #deps: NetworksDeps;
  /** What this process made or found right, and nothing has failed since: the specs without what the resolver knows. */
  readonly #made = new Map<string, string>();

  constructor(deps: NetworksDeps) {
    this.#deps = deps;
  }

  /** The first time all is looked at; from then on, a change of names alone is a matter of the resolver's file. */
  async ensure(spec: NetworkSpec): Promise<void> {
    const made = JSON.stringify({ ...spec, resolver: spec.resolver && { ...spec.resolver, records: [] } });
    if (this.#made.get(spec.id) === made && (await this.#deps.resolvers.refresh(spec))) return;
    this.#made.delete(spec.id);
    await this.#ensureAll(spec);
    this.#made.set(spec.id, made);
  }

  async #ensureAll(spec: NetworkSpec): Promise<void> {
    const { filters, host, names, resolvers, segments } = this.#deps;
    const namespace = names.namespace('net', spec.id);
    if (await host.addNamespace(namespace, SETTINGS)) filters.begin(namespace);
    await Promise.all([this.#ensureBridge(namespace, spec.mtu), filters.prepare(namespace)]);
    await Promise.all([
      this.#ensureUplink(spec, namespace),
      segments.ensure(spec, namespace),
      spec.resolver ? resolvers.ensure(spec, spec.resolver) : resolvers.remove(spec.id),
    ]);
  }

  async remove(id: string): Promise<void> {
    const { filters, host, names, resolvers } = this.#deps;
    const namespace = names.namespace('net', id);
    this.#made.delete(id);
    this.#deps.segments.forget(id);
    await resolvers.remove(id);
    await this.#removeUplink(id);
    if (await host.hasNamespace(namespace)) await this.#removeLinks(namespace);
    // Last, because the namespace is what tells `inspect` that there is something left to remove.
    await host.removeNamespace(namespace);
    filters.forget(namespace);
  }

  /** @throws CloudError `conflict` when the network is not on this machine. @returns its namespace. */
  async require(id: string): Promise<string> {
    const namespace = this.#deps.names.namespace('net', id);
    if (!(await this.#deps.host.hasNamespace(namespace)))
      throw conflict(`Network ${id} is not on this machine yet.`, { retryable: true });
    return namespace;
  }

  /** The namespaces of all networks that are whole. */
  async namespaces(): Promise<string[]> {
    const { host, names } = this.#deps;
    const all = (await host.listNamespaces()).filter((name) => names.parse(name)?.place === 'net');
    const whole = await Promise.all(all.map((name) => host.hasNamespace(name)));
    return all.filter((_, index) => whole[index]);
  }

  async #ensureBridge(namespace: string, mtu: number): Promise<void> {
    const { host } = this.#deps;
    const [devices = []] = await host.show<{ ifname: string }>(namespace, ['link show']);
    const make = devices.some(({ ifname }) => ifname === BRIDGE)
      ? []
      : [`link add ${BRIDGE} type bridge mcast_snooping 0`];
    // In one line it would have an address of its own: the kernel brings a device up before it hears of the mode.
    const set = [`link set ${BRIDGE} addrgenmode none`, `link set ${BRIDGE} mtu ${mtu} up`];
    await host.ip(namespace, [...make, ...set]);
  }

  /** Before the namespace goes: the kernel takes the far ends away some time after it, but these at once. */
  async #removeLinks(namespace: string): Promise<void> {
    const { host } = this.#deps;
    const [devices = []] = await host.show<{ ifname: string }>(namespace, ['link show']);
    const ours = devices.map(({ ifname }) => ifname).filter((name) => name !== 'lo');
    await host.ipRemove(
      namespace,
      ours.map((name) => `link del ${name}`),
    );
  }

  async #ensureUplink(spec: NetworkSpec, network: string): Promise<void> {
    const { filters, host, links, names } = this.#deps;
    if (!spec.uplink) return this.#removeUplink(spec.id, network);
    const device = names.device('uplink', spec.id);
    const link = {
      network,
      bridgeEnd: device,
      namespace: null,
      device,
      label: `uplink ${spec.id}`,
      mac: macOf(spec.id),
      mtu: spec.mtu,
      addresses: spec.uplink.addresses,
      routes: [],
      up: true,
    };
    const state = await links.connect(link);
    await filters.set(network, { ...link, filter: null });
    await this.#forward(device, spec.uplink.addresses);
    await links.configure(link, state);
    await host.nft(null, uplinkRules(spec, names.table(spec.id), device));
  }

  /** Lets the machine route. It is left so: by then others may count on it. */
  async #forward(device: string, addresses: readonly AddressSpec[]): Promise<void> {
    const { host } = this.#deps;
    // A port of an open network must not tell the machine where its default route is.
    await host.sysctl(null, [`net.ipv6.conf.${device}.accept_ra=0`, 'net.ipv4.ip_forward=1']);
    if (!addresses.some(({ address }) => isIPv6(address))) return;
    // A machine that forwards IPv6 no longer hears who its own router is, unless told 2: even so.
    const { stdout } = await host.run(null, ['sysctl', '-a', '-r', ACCEPT_RA]);
    const heard = stdout.split('\n').filter((line) => line.endsWith(' = 1'));
    await host.sysctl(null, [
      ...heard.map((line) => line.replace(' = 1', '=2')),
      'net.ipv6.conf.all.forwarding=1',
    ]);
  }

  async #removeUplink(id: string, network?: string): Promise<void> {
    const { filters, host, names } = this.#deps;
    const device = names.device('uplink', id);
    await host.nft(null, tableRemoval(names.table(id)));
    await host.ipRemove(null, [`link del ${device}`]);
    if (network) await filters.remove(network, device);
  }
}
