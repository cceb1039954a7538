import { CloudError, messageOf } from '#kernel/errors.ts';
import type { Logger } from '#kernel/log.ts';
import type { DesiredObject } from '#node/protocol.ts';
import type { DesiredSource, NodePort } from '#services/placement/port.ts';
import type { Neutron, NeutronNetwork, NeutronPort, NeutronSubnet } from '#src/openstack/neutron.ts';
import { RemoteNetworkPort, type Cables, type PortProfile } from './port.http.ts';
import type { NetworkPort } from './port.ts';

export interface RemoteNetworkDeps {
  readonly neutron: Neutron;
  readonly nodes: Pick<NodePort, 'put'>;
  readonly log: Logger;
  /** Search domain of networks that have none. */
  readonly domain: string;
}

/** Another OpenStack's networks: Neutron decides, its Linux bridge agent filters and tunnels, our node lays the cable. */
export function createRemoteNetwork(deps: RemoteNetworkDeps): { port: NetworkPort; source: DesiredSource } {
  const source = new RemotePorts(deps);
  return { port: new RemoteNetworkPort({ ...deps, cables: source }), source };
}

const OWNER = 'compute:kuryr';

/** The ports that Neutron has bound to our hosts. What nodes say of them is the agent's to tell Neutron. */
class RemotePorts implements DesiredSource, Cables {
  readonly kinds = ['port'] as const;
  readonly #deps: RemoteNetworkDeps;

  constructor(deps: RemoteNetworkDeps) {
    this.#deps = deps;
  }

  async list(host: string): Promise<DesiredObject[]> {
    const query = { 'binding:host_id': host, device_owner: OWNER };
    return this.#desired((await this.#deps.neutron.list('port', query)).filter(isBridged));
  }

  async observed(): Promise<void> {}

  /** @throws CloudError `unavailable` for a port that no agent on the host takes. */
  async plug(host: string, ports: readonly NeutronPort[]): Promise<void> {
    const refused = ports.find((port) => !isBridged(port));
    if (refused)
      throw new CloudError(
        'unavailable',
        `Neutron has not bound the port ${refused.id} to a Linux bridge on ${host}, but to '${refused['binding:vif_type'] ?? ''}': its agent must run there.`,
      );
    await this.#tell(host, await this.#desired(ports), []);
  }

  async unplug(ports: readonly NeutronPort[]): Promise<void> {
    const hosts = Map.groupBy(ports, (port) => port['binding:host_id'] ?? '');
    for (const [host, own] of hosts) if (host !== '') await this.#tell(host, [], own);
  }

  async #tell(host: string, objects: DesiredObject[], gone: readonly NeutronPort[]): Promise<void> {
    const removed = gone.map(({ id }) => ({ kind: 'port' as const, id }));
    if (objects.length + removed.length === 0) return;
    await this.#deps.nodes.put(host, objects, removed).catch((thrown: unknown) => {
      const reason = messageOf(thrown);
      this.#deps.log.warn({ host, reason }, 'node not told of ports; it is sent all at its return');
    });
  }

  /** Two calls for any number. */
  async #desired(ports: readonly NeutronPort[]): Promise<DesiredObject[]> {
    if (ports.length === 0) return [];
    const network_id = [...new Set(ports.map((port) => port.network_id))];
    const [networks, subnets] = await Promise.all([
      this.#deps.neutron.list('network', { id: network_id }),
      this.#deps.neutron.list('subnet', { network_id }),
    ]);
    const networkOf = new Map(networks.map((network) => [network.id, network]));
    const subnetOf = new Map(subnets.map((subnet) => [subnet.id, subnet]));
    return ports.map((port) => desiredPort(port, networkOf.get(port.network_id), subnetOf));
  }
}

const isBridged = (port: NeutronPort): boolean => port['binding:vif_type'] === 'bridge';

/** The bridge has the name that the agent gives it. */
function desiredPort(
  port: NeutronPort,
  network: NeutronNetwork | undefined,
  subnets: ReadonlyMap<string, NeutronSubnet>,
): DesiredObject {
  const { hydria_device: device = 'eth0', hydria_primary: primary = true } = (port['binding:profile'] ??
    {}) as PortProfile;
  const homes = port.fixed_ips.flatMap(({ subnet_id, ip_address: address }) => {
    const subnet = subnets.get(subnet_id);
    return subnet ? [{ address, subnet }] : [];
  });
  const own = [...new Set(homes.map(({ subnet }) => subnet))];
  return {
    kind: 'port',
    id: port.id,
    generation: port.revision_number ?? 1,
    spec: {
      id: port.id,
      networkId: port.network_id,
      sandboxId: port.device_id,
      outside: { bridge: `brq${port.network_id.slice(0, 11)}` },
      device,
      mac: port.mac_address,
      mtu: network?.mtu ?? 1500,
      addresses: homes.map(({ address, subnet }) => ({
        address,
        prefix: Number(subnet.cidr.split('/')[1]),
      })),
      gateways: primary ? own.flatMap(({ gateway_ip }) => (gateway_ip === null ? [] : [gateway_ip])) : [],
      routes: own.flatMap(({ host_routes }) => host_routes),
      up: port.admin_state_up,
      filter: null,
      bandwidth: { ingress: null, egress: null },
      dhcp: null,
    },
  };
}
