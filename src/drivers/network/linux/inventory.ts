import type { NetworkInventory } from '../driver.ts';
import type { Host, Namespace } from './host.ts';
import type { Names, Place } from './names.ts';

interface FoundPort {
  readonly id: string;
  readonly sandboxId: string;
  readonly network: Namespace;
}

/** A device of the machine itself says as well whose it is. */
const PORT_LABEL = /^(?:(?<prefix>\S+) )?port (?<id>\S+) (?<sandboxId>\S+) \S+$/;

/** Finds what is there by reading the machine: names of namespaces, labels of links. */
export class Inventory {
  readonly #host: Host;
  readonly #names: Names;
  /** What was plugged by this process: saves a search, never decides what exists. */
  readonly #known = new Map<string, FoundPort>();

  constructor(host: Host, names: Names) {
    this.#host = host;
    this.#names = names;
  }

  async read(): Promise<NetworkInventory> {
    const found = (await this.#host.listNamespaces()).map((name) => this.#names.parse(name));
    const ids = (...places: Place[]) => [
      ...new Set(found.flatMap((item) => (item && places.includes(item.place) ? [item.id] : []))),
    ];
    return {
      networks: ids('net', 'resolver'),
      sandboxes: ids('sandbox'),
      routers: ids('router'),
      ports: (await this.#findPorts()).map(({ id }) => id),
    };
  }

  async portsOf(sandboxId: string): Promise<string[]> {
    return (await this.#findPorts()).filter((port) => port.sandboxId === sandboxId).map(({ id }) => id);
  }

  /** The namespace of the network that a port is plugged to. */
  async networkOf(portId: string): Promise<Namespace | undefined> {
    const known = this.#known.get(portId) ?? (await this.#findPorts()).find(({ id }) => id === portId);
    return known?.network;
  }

  remember(port: FoundPort): void {
    this.#known.set(port.id, port);
  }

  forget(portId: string): void {
    this.#known.delete(portId);
  }

  /** The ports of a sandbox that only this process can have plugged any to. */
  knownPortsOf(sandboxId: string): string[] {
    return [...this.#known.values()].filter((port) => port.sandboxId === sandboxId).map(({ id }) => id);
  }

  async #findPorts(): Promise<FoundPort[]> {
    const networks = (await this.#host.listNamespaces()).filter(
      (name) => this.#names.parse(name)?.place === 'net',
    );
    const places = [null, ...networks];
    return (await Promise.all(places.map((network) => this.#portsIn(network)))).flat();
  }

  async #portsIn(network: Namespace): Promise<FoundPort[]> {
    if (network !== null && !(await this.#host.hasNamespace(network))) return [];
    const whose = network === null ? this.#names.prefix : undefined;
    const [devices = []] = await this.#host.show<{ ifalias?: string }>(network, ['link show']);
    return devices.flatMap(({ ifalias = '' }) => {
      const { prefix, id, sandboxId } = PORT_LABEL.exec(ifalias)?.groups ?? {};
      return id && sandboxId && prefix === whose ? [{ id, sandboxId, network }] : [];
    });
  }
}
