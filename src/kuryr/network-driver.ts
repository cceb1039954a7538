import { CloudError } from '#kernel/errors.ts';
import type { Neutron, NeutronNetwork, NeutronPort, NeutronSubnet } from '#src/openstack/neutron.ts';
import type { Binding } from './binding.ts';
import { Endpoints, type Wish } from './endpoints.ts';
import { exposePorts, hidePorts } from './exposed-ports.ts';
import { containerDevice, isOwnSubnet } from './names.ts';
import { Networks } from './networks.ts';
import { portRanges } from './options.ts';
import type {
  ConnectivityBody,
  CreateEndpointBody,
  CreateNetworkBody,
  EndpointBody,
  NetworkBody,
} from './protocol.ts';

export interface NetworkDriverDeps {
  readonly neutron: Neutron;
  readonly binding: Binding;
}

const EXPOSED_PORTS = 'com.docker.network.endpoint.exposedports';
const NEXT_HOP = 0;

/** libnetwork's network driver. It remembers nothing: every call finds its objects in Neutron by their tags. */
export class RemoteNetworkDriver {
  readonly #neutron: Neutron;
  readonly #binding: Binding;
  readonly #networks: Networks;
  readonly #endpoints: Endpoints;

  constructor({ neutron, binding }: NetworkDriverDeps) {
    this.#neutron = neutron;
    this.#binding = binding;
    this.#networks = new Networks(neutron);
    this.#endpoints = new Endpoints(neutron);
  }

  async createNetwork(body: CreateNetworkBody): Promise<object> {
    await this.#networks.create(body);
    return {};
  }

  async deleteNetwork({ NetworkID }: NetworkBody): Promise<object> {
    await this.#networks.remove(NetworkID);
    return {};
  }

  /** Docker fails when it is given back what it had said: the answer holds only what it left open. */
  async createEndpoint(body: CreateEndpointBody): Promise<object> {
    const network = await this.#networks.find(body.NetworkID);
    if (!network) return noNetwork(body.NetworkID);
    const wish = await this.#endpoints.wishOf(body, network, this.#binding.host);
    if (wish.fixedIps.length === 0) return { Err: 'The endpoint has no address.' };
    const port = await this.#connect(wish);
    return { Interface: wish.mac === null ? { MacAddress: port.mac_address } : {} };
  }

  /** A port that cannot be connected belongs to nobody again. */
  async #connect(wish: Wish): Promise<NeutronPort> {
    const port = await this.#endpoints.claim(wish);
    try {
      await this.#binding.bind({ port, mtu: wish.network.mtu ?? 1500 });
      return port;
    } catch (thrown) {
      await this.#disconnect(wish.endpointId, port).catch(() => undefined); // the first failure is the one to tell
      throw thrown;
    }
  }

  async #disconnect(endpointId: string, port: NeutronPort): Promise<void> {
    await this.#binding.unbind(port);
    await this.#endpoints.release(endpointId, port);
  }

  async deleteEndpoint({ NetworkID, EndpointID }: EndpointBody): Promise<object> {
    if (!(await this.#networks.find(NetworkID))) return noNetwork(NetworkID);
    await this.#disconnect(EndpointID, await this.#portOf(EndpointID));
    return {};
  }

  async endpointInfo({ EndpointID }: EndpointBody): Promise<object> {
    const port = await this.#endpoints.find(EndpointID);
    return { Value: port ? { status: port.status } : {} };
  }

  async join({ NetworkID, EndpointID }: EndpointBody): Promise<object> {
    const network = await this.#networks.find(NetworkID);
    if (!network) return noNetwork(NetworkID);
    const port = await this.#portOf(EndpointID);
    const subnets = await this.#neutron.list('subnet', { network_id: network.id });
    assertFew(network, subnets);
    const own = subnets.filter(({ id }) => port.fixed_ips.some(({ subnet_id }) => subnet_id === id));
    const gateway = (version: 4 | 6) =>
      own.find(({ ip_version }) => ip_version === version)?.gateway_ip ?? null;
    return {
      InterfaceName: { SrcName: containerDevice(port.id), DstPrefix: 'eth' },
      Gateway: gateway(4),
      GatewayIPv6: gateway(6),
      StaticRoutes: subnets
        .flatMap(({ host_routes }) => host_routes)
        .map(({ destination, nexthop }) => ({
          Destination: destination,
          RouteType: NEXT_HOP,
          NextHop: nexthop,
        })),
      DisableGatewayService: true,
    };
  }

  async programExternalConnectivity({ EndpointID, Options }: ConnectivityBody): Promise<object> {
    const exposed = Options?.[EXPOSED_PORTS];
    const ranges = portRanges(Array.isArray(exposed) ? exposed : []);
    if (ranges.length > 0) await exposePorts(this.#neutron, await this.#portOf(EndpointID), ranges);
    return {};
  }

  async revokeExternalConnectivity({ EndpointID }: ConnectivityBody): Promise<object> {
    const port = await this.#endpoints.find(EndpointID);
    if (port) await hidePorts(this.#neutron, port);
    return {};
  }

  async #portOf(endpointId: string): Promise<NeutronPort> {
    const port = await this.#endpoints.find(endpointId);
    if (!port) throw new CloudError('internal', `Neutron has no port for the endpoint ${endpointId}.`);
    return port;
  }
}

/** Docker wants this one as an answer, not as a failure. */
const noNetwork = (dockerId: string) => ({ Err: `Neutron has no network for Docker's network ${dockerId}.` });

function assertFew(network: NeutronNetwork, subnets: readonly NeutronSubnet[]): void {
  if (subnets.filter(isOwnSubnet).length > 2)
    throw new CloudError('internal', `The network ${network.id} has more than two subnets of Kuryr's.`);
}
