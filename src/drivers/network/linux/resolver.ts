import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { NetworkSpec, ResolverSpec } from '../driver.ts';
import { canonicalAddress } from '../addresses.ts';
import type { Daemon, Daemons } from './daemon.ts';
import type { Filters } from './filters.ts';
import type { Host } from './host.ts';
import type { Leases } from './leases.ts';
import type { Links } from './links.ts';
import { METADATA, type Listeners } from './listeners.ts';
import type { Names } from './names.ts';

export interface ResolverDeps {
  readonly host: Host;
  readonly names: Names;
  readonly links: Links;
  readonly filters: Filters;
  readonly daemons: Daemons;
  readonly leases: Leases;
  readonly listeners: Listeners;
  /** Where files live; gone after a boot, as namespaces are. */
  readonly directory: string;
}

/** The two ends of the line between a resolver and its relay: link-local, so all networks can use the same. */
const RELAY = 'fe80::1';
const RESOLVER = 'fe80::2';
const WAY_OUT = 'out';

/**
 * Name service of a network, in two processes. The resolver stands in a namespace of its own with a port on the
 * network, knows the network's names, and can reach nothing but its relay. The relay stands on the machine, answers
 * only on its line to the resolver, and asks the machine's own servers, which may well listen on 127.0.0.1 alone.
 * So no packet is ever routed between a network and the machine for a name.
 */
export class Resolvers {
  readonly #deps: ResolverDeps;

  constructor(deps: ResolverDeps) {
    this.#deps = deps;
  }

  /** Gives a resolver that runs other names, without a process. @returns whether it runs, as does its relay. */
  async refresh(spec: NetworkSpec): Promise<boolean> {
    const { id, resolver } = spec;
    if (!resolver) return true;
    const { daemons } = this.#deps;
    const running = await Promise.all(
      this.#daemons(spec, resolver).map((daemon) => daemons.isRunning(daemon)),
    );
    if (running.includes(false)) return false;
    if (await this.#writeRecords(id, resolver)) await daemons.ensure(this.#resolver(spec, resolver));
    return true;
  }

  async ensure(spec: NetworkSpec, resolver: ResolverSpec): Promise<void> {
    const { daemons, host, leases, names } = this.#deps;
    const namespace = names.namespace('resolver', spec.id);
    await host.addNamespace(namespace, ['net.ipv4.ip_forward=0', 'net.ipv6.conf.default.accept_ra=0']);
    await Promise.all([
      this.#plug(spec, resolver, namespace),
      this.#connectRelay(spec.id, namespace),
      this.#writeRecords(spec.id, resolver),
    ]);
    await Promise.all(this.#daemons(spec, resolver).map((daemon) => daemons.ensure(daemon)));
    await leases.ensure(spec);
  }

  async remove(networkId: string): Promise<void> {
    const { daemons, filters, host, leases, links, listeners, names } = this.#deps;
    await listeners.set(networkId, null);
    await leases.remove(networkId);
    await daemons.stop(this.#file(networkId, 'resolver.pid'));
    await daemons.stop(this.#file(networkId, 'relay.pid'));
    await rm(join(this.#deps.directory, networkId), { recursive: true, force: true });
    await host.ipRemove(null, [`link del ${names.device('relay', networkId)}`]);
    const [network, device] = [names.namespace('net', networkId), names.device('resolver', networkId)];
    if (await host.hasNamespace(network)) {
      await links.disconnect(network, device);
      await filters.remove(network, device);
    }
    await host.removeNamespace(names.namespace('resolver', networkId));
  }

  async #plug(spec: NetworkSpec, resolver: ResolverSpec, namespace: string): Promise<void> {
    const { filters, links, names } = this.#deps;
    const link = {
      network: names.namespace('net', spec.id),
      bridgeEnd: names.device('resolver', spec.id),
      namespace,
      device: 'eth0',
      label: `resolver ${spec.id}`,
      mac: resolver.mac,
      mtu: spec.mtu,
      addresses: [...resolver.addresses, ...(spec.metadata ? METADATA : [])],
      routes: [],
      up: true,
    };
    const state = await links.connect(link);
    await filters.set(link.network, { ...link, device: link.bridgeEnd, filter: null });
    await links.configure(link, state);
    await this.#deps.listeners.set(spec.id, spec.metadata ? namespace : null);
  }

  async #connectRelay(networkId: string, namespace: string): Promise<void> {
    const { host, names } = this.#deps;
    const device = names.device('relay', networkId);
    const [devices = []] = await host.show<{ ifname: string }>(namespace, ['link show']);
    if (!devices.some(({ ifname }) => ifname === WAY_OUT))
      await host.ip(namespace, [
        `link add ${WAY_OUT} type veth peer name ${device} netns ${host.reference(null)}`,
      ]);
    const settle = (name: string, address: string) => [
      `link set ${name} addrgenmode none up`,
      `addr replace ${address}/64 dev ${name} nodad`,
    ];
    await host.ip(namespace, ['link set lo up', ...settle(WAY_OUT, RESOLVER)]);
    await host.ip(null, settle(device, RELAY));
  }

  /** Whole or not at all: the resolver may read at any time. @returns whether there was anything to change. */
  async #writeRecords(networkId: string, { records }: ResolverSpec): Promise<boolean> {
    const path = this.#file(networkId, 'hosts');
    const text = records.map(({ name, address }) => `${canonicalAddress(address)} ${name}\n`).join('');
    if (text === (await readFile(path, 'utf8').catch(() => undefined))) return false;
    await mkdir(join(this.#deps.directory, networkId), { recursive: true });
    await writeFile(`${path}.new`, text);
    await chmod(`${path}.new`, 0o644); // dnsmasq reads it after it has given up being root
    await rename(`${path}.new`, path);
    return true;
  }

  #daemons(spec: NetworkSpec, resolver: ResolverSpec): Daemon[] {
    const networkId = spec.id;
    const relay = {
      namespace: null,
      argv: this.#relayArgv(networkId, resolver),
      pidFile: this.#file(networkId, 'relay.pid'),
    };
    return [relay, this.#resolver(spec, resolver)];
  }

  #resolver(spec: NetworkSpec, resolver: ResolverSpec): Daemon {
    return {
      namespace: this.#deps.names.namespace('resolver', spec.id),
      argv: this.#resolverArgv(spec, resolver),
      pidFile: this.#file(spec.id, 'resolver.pid'),
    };
  }

  #resolverArgv(spec: NetworkSpec, { addresses, domain }: ResolverSpec): string[] {
    const networkId = spec.id;
    return [
      ...dnsmasq(this.#file(networkId, 'resolver.pid')),
      ...addresses.map(({ address }) => `--listen-address=${canonicalAddress(address)}`),
      `--addn-hosts=${this.#file(networkId, 'hosts')}`,
      `--domain=${domain}`,
      `--local=/${domain}/`,
      '--expand-hosts',
      '--domain-needed',
      '--bogus-priv',
      '--no-resolv',
      `--server=${RELAY}%${WAY_OUT}`,
    ];
  }

  #relayArgv(networkId: string, { servers }: ResolverSpec): string[] {
    return [
      ...dnsmasq(this.#file(networkId, 'relay.pid')),
      `--interface=${this.#deps.names.device('relay', networkId)}`,
      '--except-interface=lo',
      '--cache-size=0',
      ...(servers.length > 0 ? ['--no-resolv', ...servers.map((server) => `--server=${server}`)] : []),
    ];
  }

  #file(networkId: string, name: string): string {
    return join(this.#deps.directory, networkId, name);
  }
}

const dnsmasq = (pidFile: string): string[] => [
  'dnsmasq',
  '--conf-file=/dev/null',
  `--pid-file=${pidFile}`,
  '--bind-interfaces',
  '--no-hosts',
  '--user=nobody',
];
