import { conflict } from '#kernel/errors.ts';
import { checkGroups, checkId, checkNetwork, checkPort, checkRemotes, checkRouter } from '../check.ts';
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

/** The verbs of a driver that tests can make fail or wait. */
export type NetworkVerb = Exclude<keyof NetworkDriver, 'name' | 'close'>;

/** The machine of fake drivers: it outlives them, as the kernel outlives the node. Tests read it to see what is there. */
export class FakeNetworkWorld {
  readonly networks = new Map<string, NetworkSpec>();
  readonly sandboxes = new Set<string>();
  readonly ports = new Map<string, PortSpec>();
  readonly routers = new Map<string, RouterSpec>();
  readonly groups = new Map<string, readonly string[]>();
  readonly remotes = new Map<string, RemoteSpec>();
  /** Every call that took effect, oldest first: `plugPort p1`. */
  readonly calls: string[] = [];
}

interface Failure {
  readonly error: Error;
  readonly when: 'before' | 'after';
}

/** A network driver in memory. */
export class FakeNetworkDriver implements NetworkDriver {
  readonly name = 'fake';
  readonly world: FakeNetworkWorld;
  readonly #failures = new Map<NetworkVerb, Failure[]>();
  readonly #gates = new Map<NetworkVerb, Promise<void>>();

  constructor(world = new FakeNetworkWorld()) {
    this.world = world;
  }

  /** The verb's next call fails: before it does anything, or, like a crash before the answer, after. */
  failNext(verb: NetworkVerb, error: Error, when: 'before' | 'after' = 'before'): void {
    this.#failures.set(verb, [...(this.#failures.get(verb) ?? []), { error, when }]);
  }

  /** Calls of the verb wait until the returned function is called. */
  hold(verb: NetworkVerb): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#gates.set(verb, promise);
    return () => {
      this.#gates.delete(verb);
      resolve();
    };
  }

  async probe(): Promise<NetworkProbe> {
    return this.#do('probe', '', () => ({ usable: true }));
  }

  async ensureNetwork(spec: NetworkSpec): Promise<void> {
    checkNetwork(spec);
    await this.#do('ensureNetwork', spec.id, () => this.world.networks.set(spec.id, spec));
  }

  async removeNetwork(id: string): Promise<void> {
    checkId(id);
    await this.#do('removeNetwork', id, () => {
      this.#forgetPorts((port) => port.networkId === id);
      this.world.networks.delete(id);
    });
  }

  async ensureSandbox(id: string): Promise<string> {
    checkId(id);
    return this.#do('ensureSandbox', id, () => {
      this.world.sandboxes.add(id);
      return `/run/netns/fake-${id}`;
    });
  }

  async removeSandbox(id: string): Promise<void> {
    checkId(id);
    await this.#do('removeSandbox', id, () => {
      this.#forgetPorts((port) => port.sandboxId === id);
      this.world.sandboxes.delete(id);
    });
  }

  async plugPort(spec: PortSpec): Promise<void> {
    checkPort(spec);
    await this.#do('plugPort', spec.id, () => {
      this.#requireNetworks([spec.networkId]);
      if (!spec.handover && !this.world.sandboxes.has(spec.sandboxId))
        throw conflict(`There is no sandbox ${spec.sandboxId}.`);
      const rival = [...this.world.ports.values()].find(
        (port) => port.id !== spec.id && port.sandboxId === spec.sandboxId && port.device === spec.device,
      );
      if (rival) throw conflict(`The device ${spec.device} is taken by another port.`);
      this.world.ports.set(spec.id, spec);
    });
  }

  async unplugPort(id: string): Promise<void> {
    checkId(id);
    await this.#do('unplugPort', id, () => this.world.ports.delete(id));
  }

  async ensureRouter(spec: RouterSpec): Promise<void> {
    checkRouter(spec);
    await this.#do('ensureRouter', spec.id, () => {
      const sides = spec.gateway ? [...spec.interfaces, spec.gateway] : spec.interfaces;
      this.#requireNetworks(sides.map(({ networkId }) => networkId));
      this.world.routers.set(spec.id, spec);
    });
  }

  async removeRouter(id: string): Promise<void> {
    checkId(id);
    await this.#do('removeRouter', id, () => this.world.routers.delete(id));
  }

  async setGroups(groups: readonly AddressGroup[]): Promise<void> {
    checkGroups(groups);
    await this.#do('setGroups', '', () => {
      this.world.groups.clear();
      for (const { id, addresses } of groups) this.world.groups.set(id, addresses);
    });
  }

  async setRemotes(remotes: readonly RemoteSpec[]): Promise<void> {
    checkRemotes(remotes);
    await this.#do('setRemotes', '', () => {
      this.world.remotes.clear();
      for (const remote of remotes) this.world.remotes.set(remote.id, remote);
    });
  }

  async inspect(): Promise<NetworkInventory> {
    const { networks, ports, routers, sandboxes } = this.world;
    return this.#do('inspect', '', () => ({
      networks: [...networks.keys()],
      sandboxes: [...sandboxes],
      ports: [...ports.keys()],
      routers: [...routers.keys()],
    }));
  }

  async close(): Promise<void> {}

  async #do<T>(verb: NetworkVerb, id: string, act: () => T): Promise<T> {
    await this.#gates.get(verb);
    const failure = this.#failures.get(verb)?.shift();
    if (failure?.when === 'before') throw failure.error;
    const result = act();
    if (verb !== 'inspect' && verb !== 'probe') this.world.calls.push(`${verb} ${id}`.trim());
    if (failure) throw failure.error;
    return result;
  }

  #forgetPorts(gone: (port: PortSpec) => boolean): void {
    for (const [id, port] of this.world.ports) if (gone(port)) this.world.ports.delete(id);
  }

  #requireNetworks(ids: readonly string[]): void {
    const missing = ids.find((id) => !this.world.networks.has(id));
    if (missing !== undefined)
      throw conflict(`Network ${missing} is not on this machine yet.`, { retryable: true });
  }
}
