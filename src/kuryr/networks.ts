import { badRequest, conflict } from '#kernel/errors.ts';
import type { Neutron, NeutronNetwork, NeutronSubnet } from '#src/openstack/neutron.ts';
import { addressOf, isSameCidr, networkOf, versionOf } from './addresses.ts';
import {
  DEFAULT_POOLS,
  existingTag,
  idTags,
  isExistingTag,
  isOwnSubnet,
  networkName,
  subnetName,
} from './names.ts';
import { parseOptions, type KuryrOptions } from './options.ts';
import { findOwnPool, resolve } from './pools.ts';
import type { CreateNetworkBody } from './protocol.ts';

/** Docker's networks as Neutron's: a new one, or one that a user names. */
export class Networks {
  readonly #neutron: Neutron;

  constructor(neutron: Neutron) {
    this.#neutron = neutron;
  }

  async find(dockerId: string): Promise<NeutronNetwork | undefined> {
    return (await this.#neutron.list('network', { tags: idTags(dockerId).join(',') }))[0];
  }

  /** Repeatable. What a call that failed had made is gone again. */
  async create(body: CreateNetworkBody): Promise<void> {
    const given = body.Options?.['com.docker.network.generic'];
    const options = parseOptions((given ?? {}) as Record<string, unknown>);
    try {
      const network = await this.#ensureNetwork(body.NetworkID, options);
      for (const { Pool, Gateway } of [...(body.IPv4Data ?? []), ...(body.IPv6Data ?? [])])
        await this.#ensureSubnet(network, { cidr: networkOf(Pool), gateway: addressOf(Gateway) }, options);
    } catch (thrown) {
      await this.remove(body.NetworkID).catch(() => undefined); // the first failure is the one to tell
      throw thrown;
    }
  }

  /** Users keep what was theirs; what is in use stays, and says so if it is the network itself. */
  async remove(dockerId: string): Promise<void> {
    const neutron = this.#neutron;
    const network = await this.find(dockerId);
    if (!network) return;
    const subnets = await neutron.list('subnet', { network_id: network.id });
    if (network.tags.some(isExistingTag)) {
      await neutron.removeTags('network', network.id, [...idTags(dockerId), existingTag(dockerId)]);
      const isShared = network.tags.some((tag) => isExistingTag(tag) && tag !== existingTag(dockerId));
      if (!isShared) for (const subnet of subnets.filter(isOwnSubnet)) await this.#tryDelete(subnet);
      return;
    }
    if (subnets.length > 2) throw conflict(`The network ${network.id} has more than two subnets.`);
    for (const subnet of subnets) await neutron.delete('subnet', subnet.id);
    await neutron.delete('network', network.id);
  }

  async #tryDelete({ id }: NeutronSubnet): Promise<void> {
    await this.#neutron.delete('subnet', id).catch(() => undefined); // somebody uses it: it stays theirs
  }

  async #ensureNetwork(dockerId: string, options: KuryrOptions): Promise<NeutronNetwork> {
    const known = await this.find(dockerId);
    if (known) return known;
    const existing = await this.#existing(options);
    if (!existing) return this.#make(dockerId, options);
    if (options.shared !== null && existing.shared !== options.shared)
      throw conflict(`The network ${existing.id} is ${existing.shared ? '' : 'not '}shared.`);
    await this.#neutron.addTags('network', existing.id, [existingTag(dockerId), ...idTags(dockerId)]);
    return existing;
  }

  /** The network that the user named, or that of the subnet that the user named. */
  async #existing({ network, subnet }: KuryrOptions): Promise<NeutronNetwork | undefined> {
    if (network) return resolve(this.#neutron, 'network', network);
    const reference = subnet[4] ?? subnet[6];
    if (!reference) return undefined;
    const { network_id } = await resolve(this.#neutron, 'subnet', reference);
    return this.#neutron.find('network', network_id);
  }

  async #make(dockerId: string, { shared }: KuryrOptions): Promise<NeutronNetwork> {
    const network = await this.#neutron.create('network', {
      name: networkName(dockerId),
      admin_state_up: true,
      ...(shared === null ? {} : { shared }),
    });
    await this.#neutron.addTags('network', network.id, idTags(dockerId)).catch(async (thrown: unknown) => {
      await this.#neutron.delete('network', network.id); // without its tags nobody would find it again
      throw thrown;
    });
    return network;
  }

  /** The pool's id on a subnet is how the addresses of an endpoint find it. */
  async #ensureSubnet(network: NeutronNetwork, range: Range, options: KuryrOptions): Promise<void> {
    const neutron = this.#neutron;
    const version = versionOf(range.cidr);
    const existing = await this.#existingSubnet(network, range, options);
    const poolId = await this.#poolFor(range.cidr, existing, options);
    const subnet =
      existing ??
      (await neutron.create('subnet', {
        name: subnetName(range.cidr),
        network_id: network.id,
        ip_version: version,
        cidr: range.cidr,
        enable_dhcp: true,
        ...(poolId === null ? {} : { subnetpool_id: poolId }),
        ...(range.gateway === null ? {} : { gateway_ip: range.gateway }),
      }));
    if (poolId !== null && !subnet.tags.includes(poolId))
      await neutron.addTags('subnet', subnet.id, [poolId]);
  }

  async #existingSubnet(
    network: NeutronNetwork,
    { cidr }: Range,
    options: KuryrOptions,
  ): Promise<NeutronSubnet | undefined> {
    const reference = options.subnet[versionOf(cidr)];
    if (reference) {
      const subnet = await resolve(this.#neutron, 'subnet', reference);
      if (subnet.network_id === network.id && isSameCidr(subnet.cidr, cidr)) return subnet;
      throw badRequest(`The subnet ${subnet.id} is not ${cidr} of the network ${network.id}.`);
    }
    const alike = await this.#neutron.list('subnet', { network_id: network.id, cidr });
    if (alike.length > 1) throw conflict(`The network ${network.id} has several subnets ${cidr}: name one.`);
    return alike[0];
  }

  /** null when Docker's addresses do not come from Kuryr. */
  async #poolFor(
    cidr: string,
    subnet: NeutronSubnet | undefined,
    options: KuryrOptions,
  ): Promise<string | null> {
    const version = versionOf(cidr);
    const reference = options.pool[version];
    const given = reference && (await resolve(this.#neutron, 'subnetpool', reference));
    if (given?.prefixes.some((prefix) => isSameCidr(prefix, cidr))) return given.id;
    const named = options.subnet[version] && subnet ? subnet.id : null;
    const own = await findOwnPool(this.#neutron, cidr, named);
    if (own) return own.id;
    const defaults = await this.#neutron.list('subnetpool', { name: DEFAULT_POOLS[version] });
    return defaults.find(({ prefixes }) => prefixes.some((prefix) => isSameCidr(prefix, cidr)))?.id ?? null;
  }
}

interface Range {
  readonly cidr: string;
  readonly gateway: string | null;
}
