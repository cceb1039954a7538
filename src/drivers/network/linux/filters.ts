import type { AddressGroup } from '../driver.ts';
import { Bundles } from './bundles.ts';
import {
  baseRules,
  groupChange,
  groupOfSet,
  groupRules,
  groupsOf,
  portRemoval,
  portRules,
  type FilteredPort,
} from './filter.ts';
import type { Host } from './host.ts';

type Members = readonly string[];
/** The groups that rules of a network ever named, with the members that this process loaded; null = not known. */
type Sets = ReadonlyMap<string, Members | null>;

interface Change {
  readonly rules: string;
  /** The groups that the rules name. */
  readonly groups: readonly string[];
}

interface Update {
  readonly id: string;
  readonly members: Members | null;
  readonly rules: string;
}

interface ListedSets {
  readonly nftables: readonly { readonly set?: { readonly name: string } }[];
}

/** The filters of every network's ports, each network in its namespace. */
export class Filters {
  readonly #host: Host;
  readonly #bundles: Bundles<Change>;
  /** As last said; undefined until then, when what the machine holds from before stays. */
  #groups: ReadonlyMap<string, Members> | undefined;
  /** Of each network; one that is not here is looked at first. */
  readonly #sets = new Map<string, Sets>();

  constructor(host: Host) {
    this.#host = host;
    this.#bundles = new Bundles((network, changes) => this.#load(network, changes));
  }

  /** A new namespace: there is nothing to be looked at. */
  begin(network: string): void {
    this.#sets.set(network, new Map());
  }

  forget(network: string): void {
    this.#sets.delete(network);
  }

  prepare(network: string): Promise<void> {
    return this.#bundles.add(network, { rules: baseRules(), groups: [] });
  }

  set(network: string, port: FilteredPort): Promise<void> {
    return this.#bundles.add(network, { rules: portRules(port), groups: groupsOf(port.filter) });
  }

  remove(network: string, device: string): Promise<void> {
    return this.#bundles.add(network, { rules: portRemoval(device), groups: [] });
  }

  /** From now on whatever is loaded carries these. */
  setGroups(groups: readonly AddressGroup[]): void {
    this.#groups = new Map(groups.map((group) => [group.id, group.addresses]));
  }

  /** Brings the groups of networks, given by namespace, up to date. */
  async refresh(networks: readonly string[]): Promise<void> {
    await Promise.all(networks.map((network) => this.#bundles.add(network, { rules: '', groups: [] })));
  }

  /** What is remembered of the sets may be wrong where another has been at them: then it is looked at. */
  async #load(network: string, changes: readonly Change[]): Promise<void> {
    const remembered = this.#sets.get(network);
    this.#sets.delete(network);
    try {
      this.#sets.set(
        network,
        await this.#loadOnto(network, remembered ?? (await this.#findSets(network)), changes),
      );
    } catch (error) {
      if (!remembered) throw error;
      this.#sets.set(network, await this.#loadOnto(network, await this.#findSets(network), changes));
    }
  }

  /** Groups go with whatever is loaded, so they are never older than rules that name them. @returns the sets after it. */
  async #loadOnto(network: string, sets: Sets, changes: readonly Change[]): Promise<Sets> {
    const ids = new Set([...sets.keys(), ...changes.flatMap(({ groups }) => groups)]);
    const updates = [...ids].flatMap((id) => this.#update(id, sets) ?? []);
    const text = [...updates, ...changes].map(({ rules }) => rules).join('');
    if (text) await this.#host.nft(network, text);
    return new Map([...sets, ...updates.map(({ id, members }) => [id, members] as const)]);
  }

  /** @returns undefined when the sets are as they should be. */
  #update(id: string, sets: Sets): Update | undefined {
    const held = sets.get(id);
    const members = this.#groups && (this.#groups.get(id) ?? []);
    if (held !== undefined && (members === undefined || isSame(held, members))) return undefined;
    if (held && members) return { id, members, rules: groupChange(id, held, members) };
    return { id, members: members ?? null, rules: groupRules(id, members) };
  }

  async #findSets(network: string): Promise<Sets> {
    const { stdout } = await this.#host.run(network, ['nft', '-j', '-t', 'list', 'sets', 'bridge']);
    const names = (JSON.parse(stdout) as ListedSets).nftables.flatMap(({ set }) => (set ? [set.name] : []));
    const ids = names.map(groupOfSet).filter((id) => id !== undefined);
    return new Map(ids.map((id) => [id, null]));
  }
}

const isSame = (held: Members | null, members: Members): boolean =>
  held === members || (held?.length === members.length && held.every((item, at) => item === members[at]));
