import { badRequest, conflict, notFound, CloudError } from '#kernel/errors.ts';
import type { Neutron, NeutronPort, NeutronSubnet, NeutronSubnetPool } from '#src/openstack/neutron.ts';
import { addressOf, firstAddress, isSameCidr, networkOf, prefixOf, versionOf } from './addresses.ts';
import { removeExposedGroup } from './exposed-ports.ts';
import {
  DEFAULT_POOLS,
  DEVICE_OWNER,
  EXISTING_POOL,
  EXISTING_PORT,
  isOwnSubnet,
  UNBOUND_PORT,
} from './names.ts';
import { parseOptions } from './options.ts';
import { ensurePool, subnetsOf } from './pools.ts';
import type { AddressBody, PoolBody, ReleaseAddressBody, ReleasePoolBody } from './protocol.ts';

const GATEWAY = 'com.docker.network.gateway';
const MAC = 'com.docker.network.endpoint.macaddress';

/** libnetwork's IPAM driver: pools are Neutron's subnet pools, addresses are Neutron's ports. */
export class IpamDriver {
  readonly #neutron: Neutron;

  constructor(neutron: Neutron) {
    this.#neutron = neutron;
  }

  async requestPool(body: PoolBody): Promise<object> {
    const version = body.V6 ? 6 : 4;
    const wanted = body.SubPool || body.Pool;
    if (wanted === '') return this.#defaultPool(version);
    const cidr = networkOf(wanted);
    const options = parseOptions(body.Options ?? {});
    const pool = await ensurePool(this.#neutron, {
      cidr,
      pool: options.pool[version],
      subnet: options.subnet[version],
      shared: options.shared,
    });
    return { PoolID: pool.id, Pool: cidr };
  }

  async #defaultPool(version: 4 | 6): Promise<object> {
    const name = DEFAULT_POOLS[version];
    const [pool] = await this.#neutron.list('subnetpool', { name });
    if (!pool)
      throw notFound(`Say --subnet: Neutron has no subnet pool '${name}' to take one of IPv${version} from.`);
    return { PoolID: pool.id, Pool: pool.prefixes[0] };
  }

  /** The pools that an operator made stay, and so do subnets that were there before, and whatever is still used. */
  async releasePool({ PoolID }: ReleasePoolBody): Promise<object> {
    const neutron = this.#neutron;
    const pool = await neutron.find('subnetpool', PoolID);
    if (!pool) return {};
    for (const subnet of await neutron.list('subnet', { tags: PoolID }))
      if (!isOwnSubnet(subnet)) await neutron.removeTags('subnet', subnet.id, [PoolID]);
    if (isOperators(pool)) {
      await neutron.removeTags('subnetpool', PoolID, [EXISTING_POOL]);
      return {};
    }
    for (const subnet of (await neutron.list('subnet', { subnetpool_id: PoolID })).filter(isOwnSubnet))
      await neutron.delete('subnet', subnet.id).catch(unlessInUse);
    await neutron.delete('subnetpool', PoolID).catch(unlessInUse);
    return {};
  }

  async requestAddress(body: AddressBody): Promise<object> {
    const address = addressOf(body.Address);
    const isGateway = body.Options?.['RequestAddressType'] === GATEWAY;
    if (isGateway) return { Address: await this.#gateway(body.PoolID, address) };
    const mac = body.Options?.[MAC];
    return this.#endpointAddress(body.PoolID, address, typeof mac === 'string' ? mac : '');
  }

  /** Docker asks for the gateway before there is a network: what is said here is what the subnet will get. */
  async #gateway(poolId: string, asked: string | null): Promise<string> {
    const pool = await this.#neutron.find('subnetpool', poolId);
    if (!pool) throw notFound(`There is no subnet pool ${poolId}.`);
    const subnet = await this.#subnetBefore(pool, asked !== null);
    if (subnet) return gatewayOf(subnet, asked);
    const cidr = pool.prefixes[0] ?? '';
    return `${asked ?? firstAddress(cidr)}/${prefixOf(cidr)}`;
  }

  /** The subnet that the network will have, if it is there: surely, by pool and tags; or, lacking a word, the only one of its range. */
  async #subnetBefore(pool: NeutronSubnetPool, sureAlone: boolean): Promise<NeutronSubnet | undefined> {
    const [sure] = await subnetsOf(this.#neutron, pool.id);
    if (sure) return sure;
    const alike = await this.#neutron.list('subnet', { cidr: pool.prefixes[0] ?? '' });
    const named = alike.find(({ id }) => pool.tags.includes(id));
    return named ?? (alike.length === 1 && !sureAlone ? alike[0] : undefined);
  }

  async #endpointAddress(poolId: string, address: string | null, mac: string): Promise<object> {
    const subnets = await subnetsOf(this.#neutron, poolId);
    const subnet = (address && subnets.find(({ cidr }) => holds(cidr, address))) || subnets[0];
    if (!subnet) throw notFound(`The subnet pool ${poolId} has no subnet to take an address from.`);
    const port = (await this.#existingPort(subnet, address, mac)) ?? (await this.#makePort(subnet, address));
    const own = port.fixed_ips.find(({ subnet_id }) => subnet_id === subnet.id);
    if (!own) throw conflict(`The port ${port.id} has no address in the subnet ${subnet.id}.`);
    return { Address: `${own.ip_address}/${prefixOf(subnet.cidr)}` };
  }

  /** A user's port with that address, or else with that MAC, becomes the endpoint's if nobody has it. */
  async #existingPort(
    subnet: NeutronSubnet,
    address: string | null,
    mac: string,
  ): Promise<NeutronPort | undefined> {
    const on = `subnet_id=${subnet.id}`;
    const [byAddress] =
      address === null ? [] : await this.#neutron.list('port', { fixed_ips: [on, `ip_address=${address}`] });
    const [port] = byAddress ? [byAddress] : await this.#portsWithMac(on, mac);
    if (!port) return undefined;
    if (port.device_owner !== '' || port['binding:host_id'])
      throw conflict(
        `The port ${port.id} with that address or MAC belongs to ${port.device_owner || 'a host'}.`,
      );
    if (!isMade(port)) await this.#neutron.addTags('port', port.id, [EXISTING_PORT]);
    return port;
  }

  async #portsWithMac(on: string, mac: string): Promise<NeutronPort[]> {
    return mac === '' ? [] : this.#neutron.list('port', { fixed_ips: on, mac_address: mac });
  }

  async #makePort(subnet: NeutronSubnet, address: string | null): Promise<NeutronPort> {
    const port = await this.#neutron.create('port', {
      name: UNBOUND_PORT,
      admin_state_up: true,
      network_id: subnet.network_id,
      fixed_ips: [{ subnet_id: subnet.id, ...(address === null ? {} : { ip_address: address }) }],
    });
    await this.#neutron.addTags('port', port.id, [DEVICE_OWNER]);
    return port;
  }

  async releaseAddress({ PoolID, Address }: ReleaseAddressBody): Promise<object> {
    const address = addressOf(Address);
    if (address === null) return {};
    for (const { id } of await subnetsOf(this.#neutron, PoolID)) {
      const query = { fixed_ips: [`subnet_id=${id}`, `ip_address=${address}`] };
      for (const port of await this.#neutron.list('port', query)) await this.#release(port);
    }
    return {};
  }

  /** What neither Kuryr made nor a user lent it is not ours: a router's port at the gateway's address, for example. */
  async #release(port: NeutronPort): Promise<void> {
    const neutron = this.#neutron;
    if (port.tags.includes(EXISTING_PORT)) {
      await neutron.update('port', port.id, { device_owner: '', device_id: '', 'binding:host_id': '' });
      await neutron.removeTags('port', port.id, [EXISTING_PORT]);
    } else if (isMade(port)) {
      await neutron.delete('port', port.id);
      await removeExposedGroup(neutron, port.id);
    }
  }
}

const isMade = (port: NeutronPort): boolean =>
  port.tags.includes(DEVICE_OWNER) || (port.name === UNBOUND_PORT && !port.tags.includes(EXISTING_PORT));

const isOperators = ({ name, tags }: NeutronSubnetPool): boolean =>
  tags.includes(EXISTING_POOL) || Object.values<string>(DEFAULT_POOLS).includes(name);

/** kuryr-libnetwork's word for "whatever the subnet has" is the address of nobody: an empty one is an error to Docker. */
function gatewayOf(subnet: NeutronSubnet, asked: string | null): string {
  if (asked === null) return subnet.ip_version === 6 ? '::/0' : '0.0.0.0/0';
  if (subnet.gateway_ip === null || addressOf(subnet.gateway_ip) !== asked)
    throw badRequest(
      `The gateway of the subnet ${subnet.id} is ${subnet.gateway_ip ?? 'none'}, not ${asked}.`,
    );
  return `${asked}/${prefixOf(subnet.cidr)}`;
}

const holds = (cidr: string, address: string): boolean =>
  versionOf(cidr) === versionOf(address) && isSameCidr(cidr, `${address}/${prefixOf(cidr)}`);

function unlessInUse(thrown: unknown): void {
  if (!(thrown instanceof CloudError && thrown.kind === 'conflict')) throw thrown;
}
