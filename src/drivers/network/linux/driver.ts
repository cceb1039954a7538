import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import type {
  AddressGroup,
  NetworkDriver,
  NetworkInventory,
  NetworkProbe,
  NetworkSpec,
  PortSpec,
  RemoteSpec,
  RouterSpec,
} from '../driver.ts';
import { messageOf } from '#kernel/errors.ts';
import { exec, ExecError } from '#kernel/exec.ts';
import { isIPv6 } from '../addresses.ts';
import { checkGroups, checkId, checkNetwork, checkPort, checkRemotes, checkRouter } from '../check.ts';
import { Advertisers } from './advertisers.ts';
import { Brakes } from './brakes.ts';
import { Daemons } from './daemon.ts';
import { Filters } from './filters.ts';
import { Host, type Namespace } from './host.ts';
import { Inventory } from './inventory.ts';
import type { Link } from './link-plan.ts';
import { Links } from './links.ts';
import { Leases } from './leases.ts';
import { Listeners } from './listeners.ts';
import { Names, outsideDevice } from './names.ts';
import { Networks } from './networks.ts';
import { Remotes } from './remotes.ts';
import { Resolvers } from './resolver.ts';
import { Routers } from './routers.ts';
import { Sandboxes } from './sandboxes.ts';
import { Segments } from './segments.ts';
import { Serial } from '#kernel/serial.ts';

export interface LinuxNetworkOptions {
  /** Files that last until the next boot, readable by all. */
  readonly directory?: string;
  /** Begins every name that is made; two drivers on one machine need two. */
  readonly prefix?: string;
  /** A namespace that plays the machine; for tests. */
  readonly machine?: string;
  /** The machine's interfaces by the names of the physical networks that they are in. */
  readonly physicalNetworks?: Readonly<Record<string, string>>;
}

/**
 * Networks of one machine from what Linux has: bridges, veth, namespaces, nftables, dnsmasq. This class is the
 * verbs and their order; each part below knows one thing. What they remember only saves looking: it is gone after a
 * restart, and dropped with the first error.
 */
export class LinuxNetworkDriver implements NetworkDriver {
  readonly name = 'linux';
  readonly metadata = new Listeners();
  readonly #host: Host;
  readonly #names: Names;
  readonly #links: Links;
  readonly #filters: Filters;
  readonly #brakes: Brakes;
  readonly #networks: Networks;
  readonly #remotes: Remotes;
  readonly #leases: Leases;
  readonly #routers: Routers;
  readonly #sandboxes: Sandboxes;
  readonly #inventory: Inventory;
  readonly #serial = new Serial();
  /** Whether the machine is in any network of the building. */
  readonly #isProvided: boolean;

  constructor(options: LinuxNetworkOptions = {}) {
    const base = options.directory ?? '/run/hydria';
    const host = new Host({ machine: options.machine ?? null, directory: join(base, 'rules') });
    const names = new Names(options.prefix ?? 'hy');
    const links = new Links(host);
    const filters = new Filters(host);
    const directory = join(base, 'resolvers');
    const daemons = new Daemons(host);
    this.#leases = new Leases({ names, daemons, directory });
    const resolvers = new Resolvers({
      host,
      names,
      links,
      filters,
      directory,
      daemons,
      leases: this.#leases,
      listeners: this.metadata,
    });

    this.#host = host;
    this.#names = names;
    this.#links = links;
    this.#filters = filters;
    this.#brakes = new Brakes(host, names);
    const physical = options.physicalNetworks ?? {};
    this.#isProvided = Object.keys(physical).length > 0;
    this.#remotes = new Remotes(host);
    const segments = new Segments({ host, names, links, filters, remotes: this.#remotes, physical });
    this.#networks = new Networks({ host, names, links, filters, resolvers, segments });
    this.#routers = new Routers({
      host,
      names,
      links,
      filters,
      networks: this.#networks,
      advertisers: new Advertisers({ names, daemons, directory }),
    });
    this.#sandboxes = new Sandboxes(host, names);
    this.#inventory = new Inventory(host, names);
  }

  async probe(): Promise<NetworkProbe> {
    try {
      await exec('ip', ['-V']);
      await exec('nft', ['--version']);
      await exec('dnsmasq', ['--version']);
      await exec('nsenter', ['--version']);
    } catch (error) {
      return {
        usable: false,
        reason: `${messageOf(error)}. Install iproute2, nftables, dnsmasq-base, util-linux.`,
      };
    }
    if (process.getuid?.() !== 0) return { usable: false, reason: 'Only root can make networks.' };
    if (!(await exists('/proc/sys/net/ipv6'))) return { usable: false, reason: 'The kernel has no IPv6.' };
    // Without it bridged packets never meet conntrack.
    if (!(await isInKernel('br_netfilter', '/proc/sys/net/bridge')))
      return {
        usable: false,
        reason: 'The kernel module br_netfilter is missing. Try: modprobe br_netfilter',
      };
    if (!this.#isProvided || (await isInKernel('8021q', '/proc/net/vlan'))) return { usable: true };
    return { usable: true, lacks: { vlan: 'The kernel has no VLANs. Try: modprobe 8021q' } };
  }

  async ensureNetwork(spec: NetworkSpec): Promise<void> {
    checkNetwork(spec);
    await this.#serial.run(`network ${spec.id}`, () => this.#networks.ensure(spec));
  }

  async removeNetwork(id: string): Promise<void> {
    checkId(id);
    await this.#serial.run(`network ${id}`, () => this.#networks.remove(id));
  }

  async ensureSandbox(id: string): Promise<string> {
    checkId(id);
    return this.#serial.run(`sandbox ${id}`, () => this.#sandboxes.ensure(id));
  }

  async removeSandbox(id: string): Promise<void> {
    checkId(id);
    await this.#serial.run(`sandbox ${id}`, async () => {
      await Promise.all((await this.#portsOf(id)).map((port) => this.unplugPort(port)));
      await this.#sandboxes.remove(id);
    });
  }

  async #portsOf(sandboxId: string): Promise<string[]> {
    if (this.#sandboxes.isOwn(sandboxId)) return this.#inventory.knownPortsOf(sandboxId);
    return (await this.#sandboxes.hasLinks(sandboxId)) ? this.#inventory.portsOf(sandboxId) : [];
  }

  async plugPort(spec: PortSpec): Promise<void> {
    checkPort(spec);
    await this.#serial.run(`port ${spec.id}`, async () => {
      if (spec.outside) return this.#plugOutside(spec, spec.outside);
      const network = await this.#networks.require(spec.networkId);
      const sandbox = spec.handover ? null : await this.#sandboxes.require(spec.sandboxId);
      const link = this.#portLink(spec, network, sandbox);
      this.#inventory.remember({ id: spec.id, sandboxId: spec.sandboxId, network });
      // Nothing passes a device without rules, so the cable may be laid meanwhile; it is alive only afterwards.
      const [state] = await Promise.all([
        this.#links.connect(link),
        this.#filters.set(network, { ...spec, device: link.bridgeEnd }),
      ]);
      const braked = { id: spec.id, network, device: link.bridgeEnd };
      await this.#leases.set(spec);
      await this.#brakes.set(braked, spec.bandwidth, state.label === '');
      if (!spec.handover) await this.#links.configure(link, state);
    });
  }

  /** The bridge is the agent's too: whoever comes first makes it. */
  async #plugOutside(spec: PortSpec, { bridge }: NonNullable<PortSpec['outside']>): Promise<void> {
    const namespace = await this.#sandboxes.require(spec.sandboxId);
    await this.#host.ip(null, [`link add name ${bridge} type bridge`]).catch(unlessThere);
    await this.#host.ip(null, [`link set ${bridge} up`]);
    const own = this.#portLink(spec, '', namespace);
    const label = `${this.#names.prefix} ${own.label}`;
    const link = { ...own, network: null, bridge, bridgeEnd: outsideDevice(spec.id), label };
    this.#inventory.remember({ id: spec.id, sandboxId: spec.sandboxId, network: null });
    await this.#links.configure(link, await this.#links.connect(link));
  }

  async unplugPort(id: string): Promise<void> {
    checkId(id);
    await this.#serial.run(`port ${id}`, async () => {
      const device = this.#names.device('port', id);
      const network = await this.#inventory.networkOf(id);
      if (network === undefined) return this.#removeFilters(device);
      if (network === null) {
        await this.#links.disconnect(null, outsideDevice(id));
        return this.#inventory.forget(id);
      }
      if (!(await this.#host.hasNamespace(network))) return;
      await Promise.all([
        this.#links.disconnect(network, device),
        this.#filters.remove(network, device),
        this.#brakes.remove({ id, network }),
        this.#removeLease(network, id),
      ]);
      this.#inventory.forget(id);
    });
  }

  /** Of a port whose cable went with the namespace that another program had taken it to: it may be of any network. */
  async #removeFilters(device: string): Promise<void> {
    const namespaces = await this.#networks.namespaces();
    await Promise.all(namespaces.map((namespace) => this.#filters.remove(namespace, device)));
  }

  async #removeLease(network: string, portId: string): Promise<void> {
    const networkId = this.#names.parse(network)?.id;
    if (networkId !== undefined) await this.#leases.removePort(networkId, portId);
  }

  async ensureRouter(spec: RouterSpec): Promise<void> {
    checkRouter(spec);
    await this.#serial.run(`router ${spec.id}`, () => this.#routers.ensure(spec));
  }

  async removeRouter(id: string): Promise<void> {
    checkId(id);
    await this.#serial.run(`router ${id}`, () => this.#routers.remove(id));
  }

  async setGroups(groups: readonly AddressGroup[]): Promise<void> {
    checkGroups(groups);
    this.#filters.setGroups(groups);
    await this.#filters.refresh(await this.#networks.namespaces());
  }

  async setRemotes(remotes: readonly RemoteSpec[]): Promise<void> {
    checkRemotes(remotes);
    await this.#remotes.set(remotes);
  }

  inspect(): Promise<NetworkInventory> {
    return this.#inventory.read();
  }

  /** All that stays belongs to the kernel and to dnsmasq. */
  async close(): Promise<void> {
    await Promise.all([this.#host.close(), this.metadata.close()]);
  }

  #portLink(spec: PortSpec, network: string, sandbox: Namespace): Link {
    const defaults = spec.gateways.map((nexthop) => ({
      destination: isIPv6(nexthop) ? '::/0' : '0.0.0.0/0',
      nexthop,
    }));
    return {
      network,
      bridgeEnd: this.#names.device('port', spec.id),
      namespace: sandbox,
      device: spec.device,
      label: `port ${spec.id} ${spec.sandboxId} ${spec.device}`,
      mac: spec.mac,
      mtu: spec.mtu,
      addresses: spec.addresses,
      routes: [...defaults, ...spec.routes],
      isSelfConfigured: spec.dhcp !== null,
      up: spec.up,
      handover: spec.handover ?? false,
    };
  }
}

function unlessThere(thrown: unknown): void {
  if (!(thrown instanceof ExecError && thrown.stderr.includes('File exists'))) throw thrown;
}

/** Builtin, loaded, or to be had. @param sign a file that is there when the kernel has it. */
async function isInKernel(module: string, sign: string): Promise<boolean> {
  if (await exists(sign)) return true;
  await exec('modprobe', [module]).catch(() => undefined);
  return exists(sign);
}

const exists = (path: string): Promise<boolean> =>
  access(path, constants.F_OK).then(
    () => true,
    () => false,
  );
