import type { AddressGroup } from '../driver.ts';
import { baseRules, groupOfSet, groupRules, groupsOf, portRemoval, portRules } from './filter.ts';
import type { FilteredPort } from './filter.ts';
import type { Host } from './host.ts';
import { RuleQueue } from './rule-queue.ts';

interface ListedSets {
  readonly nftables: readonly { readonly set?: { readonly name: string } }[];
}

/** The filters of every network's ports, each network in its namespace. */
export class Filters {
  readonly #host: Host;
  readonly #queue: RuleQueue;
  /** As last said; undefined until then, when what the machine holds from before stays. */
  #groups: ReadonlyMap<string, readonly string[]> | undefined;
  /** Groups that this process has loaded into a network: `setGroups` keeps them right from then on. */
  readonly #loaded = new Map<string, Set<string>>();

  constructor(host: Host) {
    this.#host = host;
    this.#queue = new RuleQueue((network, rules) => host.nft(network, rules));
  }

  prepare(network: string): Promise<void> {
    this.#loaded.delete(network);
    return this.#queue.load(network, baseRules);
  }

  async set(network: string, port: FilteredPort): Promise<void> {
    const groups = groupsOf(port.filter);
    // Written when its turn comes, so that it never carries members older than those of a `setGroups` before it.
    await this.#queue.load(network, () => this.#writeGroups(network, groups) + portRules(port));
    if (groups.length > 0)
      this.#loaded.set(network, new Set([...(this.#loaded.get(network) ?? []), ...groups]));
  }

  remove(network: string, device: string): Promise<void> {
    return this.#queue.load(network, () => portRemoval(device));
  }

  /** @param networks the namespaces of all networks on this machine. */
  async setGroups(networks: readonly string[], groups: readonly AddressGroup[]): Promise<void> {
    const members = new Map(groups.map((group) => [group.id, group.addresses]));
    this.#groups = members;
    await Promise.all(networks.map((network) => this.#refresh(network, members)));
  }

  #writeGroups(network: string, ids: readonly string[]): string {
    const members = (id: string) => this.#groups && (this.#groups.get(id) ?? []);
    return ids
      .filter((id) => !this.#loaded.get(network)?.has(id))
      .map((id) => groupRules(id, members(id)))
      .join('');
  }

  /** Only the groups that rules of this network ever named have sets here. */
  async #refresh(network: string, members: ReadonlyMap<string, readonly string[]>): Promise<void> {
    await this.#queue.settled(network);
    const { stdout } = await this.#host.run(network, ['nft', '-j', '-t', 'list', 'sets', 'bridge']);
    const sets = (JSON.parse(stdout) as ListedSets).nftables.flatMap(({ set }) => (set ? [set.name] : []));
    const ids = new Set(sets.map(groupOfSet).filter((id) => id !== undefined));
    const rules = [...ids].map((id) => groupRules(id, members.get(id) ?? [])).join('');
    if (rules) await this.#queue.load(network, () => rules);
  }
}
