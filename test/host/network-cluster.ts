import type {
  NetworkDriver,
  NetworkSpec,
  PortSpec,
  RemoteSpec,
  RouterSpec,
} from '#drivers/network/driver.ts';
import { aNetwork, aPort } from '#drivers/network/contract.ts';
import type { LinuxNetworkOptions } from '#drivers/network/linux/driver.ts';
import { newUuid } from '#kernel/ids.ts';
import { addressOf, NetworkLab } from './network-lab.ts';

/** A workload in a test: the path of its sandbox, its port, its first addresses. */
export interface Workload {
  readonly node: Node;
  readonly at: string;
  readonly port: PortSpec;
  readonly ip: string;
  readonly ip6: string;
}

export interface Node {
  readonly lab: NetworkLab;
  readonly driver: NetworkDriver;
  /** Its address on the cable between the nodes. */
  readonly address: string;
}

/** Two nodes on one machine, with a cable between them; each is told of the ports on the other, as control would. */
export class Cluster {
  readonly nodes: readonly [Node, Node];
  readonly #workloads: Workload[] = [];
  readonly #extra: { readonly node: Node; readonly remote: Omit<RemoteSpec, 'node'> }[] = [];

  private constructor(nodes: readonly [Node, Node]) {
    this.nodes = nodes;
  }

  static async make(options: LinuxNetworkOptions = {}): Promise<Cluster> {
    const labs = [await NetworkLab.make(), await NetworkLab.make()] as const;
    await labs[0].wire(labs[1], 'wire', ['192.0.2.1/24', '192.0.2.2/24']);
    const node = (lab: NetworkLab, address: string): Node => ({ lab, address, driver: lab.driver(options) });
    return new Cluster([node(labs[0], '192.0.2.1'), node(labs[1], '192.0.2.2')]);
  }

  /** A tunnelled network on both nodes. */
  async makeNetwork(spec: Partial<NetworkSpec> = {}): Promise<NetworkSpec> {
    const id = 1 + Math.floor(Math.random() * 0xff_fffe);
    const network = aNetwork({ segment: { type: 'vxlan', id }, ...spec });
    for (const { driver } of this.nodes) await driver.ensureNetwork(network);
    return network;
  }

  async plug(node: Node, network: NetworkSpec, spec: Partial<PortSpec> = {}): Promise<Workload> {
    const port = aPort(network.id, newUuid(), { mtu: network.mtu, ...spec });
    const at = await node.driver.ensureSandbox(port.sandboxId);
    await node.driver.plugPort(port);
    const workload = { node, at, port, ip: addressOf(port), ip6: addressOf(port, 6) };
    this.#workloads.push(workload);
    await this.tell();
    return workload;
  }

  async unplug(workload: Workload): Promise<void> {
    this.#workloads.splice(this.#workloads.indexOf(workload), 1);
    await workload.node.driver.unplugPort(workload.port.id);
    await this.tell();
  }

  /** What is not a workload but has addresses: a router's side. @returns how it is taken back. */
  async place(node: Node, remote: Omit<RemoteSpec, 'node'>): Promise<() => Promise<void>> {
    const placed = { node, remote };
    this.#extra.push(placed);
    await this.tell();
    return async () => {
      this.#extra.splice(this.#extra.indexOf(placed), 1);
      await this.tell();
    };
  }

  /** A router on that node, of whose sides within the other is told. @returns how the other is told that they have gone. */
  async route(node: Node, router: RouterSpec): Promise<() => Promise<void>> {
    await node.driver.ensureRouter(router);
    const undo: (() => Promise<void>)[] = [];
    for (const { portId: id, networkId, mac, addresses } of router.interfaces)
      undo.push(
        await this.place(node, { id, networkId, mac, addresses: addresses.map(({ address }) => address) }),
      );
    return async () => {
      for (const one of undo) await one();
    };
  }

  /** Each node of the ports on the other. */
  async tell(): Promise<void> {
    for (const node of this.nodes) await node.driver.setRemotes(this.#remotesOf(node));
  }

  async close(): Promise<void> {
    for (const { driver, lab } of this.nodes) {
      await driver.close();
      await lab.close();
    }
  }

  #remotesOf(here: Node): RemoteSpec[] {
    const ports = this.#workloads.map(({ node, port: { id, networkId, mac, addresses } }) => ({
      node,
      remote: { id, networkId, mac, addresses: addresses.map(({ address }) => address) },
    }));
    return [...ports, ...this.#extra]
      .filter(({ node }) => node !== here)
      .map(({ node, remote }) => ({ ...remote, node: node.address }));
  }
}
