import { conflict } from '#kernel/errors.ts';
import type { Neutron, NeutronNetwork, NeutronPort, NeutronSubnet } from '#src/openstack/neutron.ts';
import { addressOf, isSameCidr } from './addresses.ts';
import { DEVICE_OWNER, endpointPortName, idTags, UNBOUND_PORT } from './names.ts';
import type { CreateEndpointBody } from './protocol.ts';

/** What Docker wants of an endpoint, found in Neutron. */
export interface Wish {
  readonly endpointId: string;
  readonly network: NeutronNetwork;
  readonly host: string;
  readonly mac: string | null;
  readonly fixedIps: readonly { readonly subnet: NeutronSubnet; readonly address: string }[];
}

/** The port of each endpoint: the one that its address was taken with, or one that a user made. */
export class Endpoints {
  readonly #neutron: Neutron;

  constructor(neutron: Neutron) {
    this.#neutron = neutron;
  }

  async find(endpointId: string): Promise<NeutronPort | undefined> {
    return (await this.#neutron.list('port', { tags: idTags(endpointId).join(',') }))[0];
  }

  /** @throws CloudError `conflict` when an address is in none of the network's subnets. */
  async wishOf(body: CreateEndpointBody, network: NeutronNetwork, host: string): Promise<Wish> {
    const subnets = await this.#neutron.list('subnet', { network_id: network.id });
    const given = [body.Interface?.Address, body.Interface?.AddressIPv6];
    const fixedIps = given.flatMap((cidr) => {
      const address = addressOf(cidr);
      if (!cidr || address === null) return [];
      const subnet = subnets.find((one) => isSameCidr(one.cidr, cidr));
      if (!subnet) throw conflict(`The network ${network.id} has no subnet for ${cidr}.`);
      return [{ subnet, address }];
    });
    const mac = body.Interface?.MacAddress?.toLowerCase() || null;
    return { endpointId: body.EndpointID, network, host, mac, fixedIps };
  }

  /** The endpoint's port, bound to this host in Neutron's books. Repeatable. */
  async claim(wish: Wish): Promise<NeutronPort> {
    const ports = await this.#portsWith(wish);
    const port = ports.length === 0 ? await this.#make(wish) : await this.#merge(wish, ports);
    await this.#neutron.addTags('port', port.id, idTags(wish.endpointId));
    return port;
  }

  /** Nobody's again; it is deleted, or given back, when its address is released. */
  async release(endpointId: string, port: NeutronPort): Promise<void> {
    const unbound = { device_owner: '', device_id: '', 'binding:host_id': '' };
    await this.#neutron.update('port', port.id, unbound);
    await this.#neutron.removeTags('port', port.id, idTags(endpointId));
  }

  /** Docker takes an address of each version from IPAM before it says that both are for one endpoint. */
  async #portsWith({ fixedIps }: Wish): Promise<NeutronPort[]> {
    const found = new Map<string, NeutronPort>();
    for (const { subnet, address } of fixedIps) {
      const query = { fixed_ips: [`subnet_id=${subnet.id}`, `ip_address=${address}`] };
      for (const port of await this.#neutron.list('port', query)) found.set(port.id, port);
    }
    return [...found.values()];
  }

  #make(wish: Wish): Promise<NeutronPort> {
    return this.#neutron.create('port', {
      name: endpointPortName(wish.endpointId),
      network_id: wish.network.id,
      admin_state_up: true,
      device_owner: DEVICE_OWNER,
      device_id: wish.endpointId,
      'binding:host_id': wish.host,
      fixed_ips: fixedIpsOf(wish),
      ...(wish.mac === null ? {} : { mac_address: wish.mac }),
    });
  }

  /** Of two, a user's port is kept, and gets the addresses of Kuryr's own. */
  async #merge(wish: Wish, ports: readonly NeutronPort[]): Promise<NeutronPort> {
    const isTemporary = ({ name }: NeutronPort) => name === UNBOUND_PORT;
    const kept = ports.find((port) => !isTemporary(port)) ?? ports[0];
    const others = ports.filter((port) => port !== kept);
    if (!kept || !others.every(isTemporary))
      throw conflict('The addresses of the endpoint belong to several ports.');
    if (kept.device_id !== '' && kept.device_id !== wish.endpointId)
      throw conflict(`The port ${kept.id} belongs to the device ${kept.device_id}.`);
    for (const { id } of others) await this.#neutron.delete('port', id);
    const changes = changesOf(wish, kept, others.length > 0);
    return Object.keys(changes).length === 0 ? kept : this.#neutron.update('port', kept.id, changes);
  }
}

function changesOf(wish: Wish, port: NeutronPort, isMerged: boolean): object {
  const wanted = {
    device_id: wish.endpointId,
    device_owner: DEVICE_OWNER,
    'binding:host_id': wish.host,
    admin_state_up: true,
    ...(wish.mac === null ? {} : { mac_address: wish.mac }),
    ...(isMerged && port.name === UNBOUND_PORT ? { name: endpointPortName(wish.endpointId) } : {}),
  };
  const different = Object.entries(wanted).filter(([key, value]) => port[key as keyof NeutronPort] !== value);
  const own = new Set(port.fixed_ips.map(({ ip_address }) => addressOf(ip_address)));
  const missing = wish.fixedIps.some(({ address }) => !own.has(address));
  return { ...Object.fromEntries(different), ...(missing ? { fixed_ips: fixedIpsOf(wish) } : {}) };
}

const fixedIpsOf = ({ fixedIps }: Wish) =>
  fixedIps.map(({ subnet, address }) => ({ subnet_id: subnet.id, ip_address: address }));
