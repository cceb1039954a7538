import {
  contains,
  eui64,
  findAddress,
  formatAddress,
  parseAddress,
  parseCidr,
  pickFree,
  toRange,
} from '../model/addresses.ts';
import { invalid, networkError, refused } from '../model/errors.ts';
import type { FixedIp } from '../model/port.ts';
import { assertInSubnet, isAutoAddressed, subnetsFor, type Subnet } from '../model/subnet.ts';
import { portStore } from '../store/ports.ts';
import { subnetStore } from '../store/stores.ts';
import type { Work } from './unit.ts';

/** An address as it is asked for: of a subnet, a certain one, or both. */
export interface AddressRequest {
  readonly subnetId?: string | undefined;
  readonly address?: string | undefined;
}

export interface Allocation {
  readonly networkId: string;
  readonly mac: string;
  readonly deviceOwner: string;
  /** undefined = one of each IP version that the network has. */
  readonly requests: readonly AddressRequest[] | undefined;
  /** Addresses the port has already: it may keep them. */
  readonly current?: readonly FixedIp[];
}

/** Free addresses skipped at most after each lost race, so that many at once spread out. */
const SPREAD = 8;

/** Finds the addresses of a port. The unique index on subnet and address is what makes them its own. */
export async function allocate(work: Work, allocation: Allocation): Promise<FixedIp[]> {
  const { networkId, requests, current = [] } = allocation;
  if (requests?.length === 0) return [];
  const subnets = await subnetStore.list(work.tx, (eb) => eb('network_id', '=', networkId));
  const rows = await portStore.usedIn(
    work.tx,
    subnets.map(({ id }) => id),
  );
  const kept = new Set(current.map(({ subnetId, address }) => `${subnetId} ${address}`));
  const used = new Map<string, Set<bigint>>(subnets.map(({ id }) => [id, new Set()]));
  for (const row of rows)
    if (!kept.has(`${row.subnet_id} ${row.ip}`)) used.get(row.subnet_id)?.add(parseAddress(row.ip).value);
  const plot = new Plot({
    subnets,
    used,
    allocation,
    skip: Math.floor(Math.random() * work.attempt * SPREAD),
  });
  return requests ? requests.map((request) => plot.take(request)) : plot.takeDefaults();
}

const noAddress = (networkId: string) =>
  refused('IpAddressGenerationFailure', `No more IP addresses available on network ${networkId}.`);

interface PlotDeps {
  readonly subnets: readonly Subnet[];
  readonly used: ReadonlyMap<string, Set<bigint>>;
  readonly allocation: Allocation;
  readonly skip: number;
}

/** The addresses of one network while some are taken. */
class Plot {
  readonly #deps: PlotDeps;

  constructor(deps: PlotDeps) {
    this.#deps = deps;
  }

  /** An IPv4 and an IPv6 address where there are such subnets, and one of each that hosts number themselves. */
  takeDefaults(): FixedIp[] {
    const { allocation } = this.#deps;
    const subnets = subnetsFor(allocation.deviceOwner, this.#deps.subnets);
    if (subnets.length === 0 && this.#deps.subnets.length > 0) throw noAddress(allocation.networkId);
    const auto = subnets.filter(isAutoAddressed);
    const managed = subnets.filter((subnet) => !isAutoAddressed(subnet));
    return [
      ...([4, 6] as const).flatMap((version) =>
        this.#firstFree(managed.filter((subnet) => subnet.ipVersion === version)),
      ),
      ...auto.map((subnet) => this.#automatic(subnet)),
    ];
  }

  take({ subnetId, address }: AddressRequest): FixedIp {
    const subnet = this.#subnetFor(subnetId, address);
    if (address !== undefined) return this.#exact(subnet, address);
    return isAutoAddressed(subnet) ? this.#automatic(subnet) : this.#any(subnet);
  }

  #subnetFor(subnetId: string | undefined, address: string | undefined): Subnet {
    const { subnets, allocation } = this.#deps;
    if (subnetId === undefined && address === undefined)
      throw invalid('IP allocation requires subnet_id or ip_address.');
    const parsed = address === undefined ? undefined : parseAddress(address);
    const found = subnets.find((subnet) =>
      subnetId === undefined ? parsed && contains(parseCidr(subnet.cidr), parsed) : subnet.id === subnetId,
    );
    if (found) return found;
    if (subnetId !== undefined)
      throw invalid(
        `Failed to create port on network ${allocation.networkId}, because fixed_ips included invalid subnet ${subnetId}.`,
      );
    throw networkError(
      'bad-request',
      'InvalidIpForNetwork',
      `IP address ${address} is not a valid IP for any of the subnets on the specified network.`,
    );
  }

  #exact(subnet: Subnet, text: string): FixedIp {
    const address = parseAddress(text);
    assertInSubnet(subnet, address, text);
    if (this.#used(subnet).has(address.value))
      throw refused(
        'IpAddressInUse',
        `Unable to complete operation for network ${subnet.networkId}. The IP address ${text} is in use.`,
      );
    return this.#keep(subnet, address.value);
  }

  #automatic(subnet: Subnet): FixedIp {
    return this.#keep(subnet, eui64(parseCidr(subnet.cidr), this.#deps.allocation.mac).value);
  }

  #any(subnet: Subnet): FixedIp {
    return this.#firstFree([subnet])[0] as FixedIp;
  }

  /** From the first of the subnets that has one left. */
  #firstFree(subnets: readonly Subnet[]): FixedIp[] {
    if (subnets.length === 0) return [];
    for (const subnet of subnets) {
      const kept = this.#deps.allocation.current?.find(({ subnetId }) => subnetId === subnet.id);
      const value = kept ? findAddress(kept.address)?.value : undefined;
      if (value !== undefined && !this.#used(subnet).has(value)) return [this.#keep(subnet, value)];
      const free = pickFree(subnet.allocationPools.map(toRange), this.#used(subnet), this.#deps.skip);
      if (free !== undefined) return [this.#keep(subnet, free)];
    }
    throw noAddress(this.#deps.allocation.networkId);
  }

  #keep(subnet: Subnet, value: bigint): FixedIp {
    this.#used(subnet).add(value);
    return { subnetId: subnet.id, address: formatAddress(subnet.ipVersion, value) };
  }

  #used(subnet: Subnet): Set<bigint> {
    return this.#deps.used.get(subnet.id) ?? new Set();
  }
}
