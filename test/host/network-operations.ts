import { CloudError } from '#kernel/errors.ts';
import type { CloudUser } from '#test/support/cloud-user.ts';
import type { SeededRandom } from '#test/support/random.ts';
import { until } from '#test/support/until.ts';

type Thing = Readonly<Record<string, unknown>> & { readonly id: string };
type Collection = 'networks' | 'subnets' | 'ports' | 'routers' | 'floatingips' | 'security-groups';

/** What it makes is known by its name, or where there is none by its description. */
const MARK = 'op-';
const PATIENCE = { limitMs: 60_000, everyMs: 100 };

export interface OperationsDeps {
  readonly user: CloudUser;
  readonly random: SeededRandom;
  /** Nodes that ports may be on. */
  readonly hosts: readonly string[];
}

/** Somebody who makes, changes and deletes things of networks at random, and remembers what was promised. */
export class RandomOperations {
  readonly #deps: OperationsDeps;
  readonly #kept = new Map<string, Collection>();
  #next = 0;
  /** Ids of all ports that it was promised. */
  readonly ports: string[] = [];
  answered = 0;
  broken = 0;

  constructor(deps: OperationsDeps) {
    this.#deps = deps;
  }

  /** One operation. A refusal is an answer; what was cut off may have had its effect, and then control is waited for. */
  async one(): Promise<void> {
    const operation = this.#deps.random.pick(this.#operations);
    try {
      await operation();
      this.answered++;
    } catch (thrown) {
      if (!(thrown instanceof CloudError)) throw thrown;
      if (thrown.kind !== 'unavailable') this.answered++;
      else {
        this.broken++;
        await until('control is back', () => this.#all('networks'), PATIENCE);
      }
    }
  }

  /** What was promised and not taken back, but is not there. */
  async lost(): Promise<string[]> {
    const collections = [...new Set(this.#kept.values())];
    const there = (await Promise.all(collections.map((one) => this.#all(one)))).flat().map(({ id }) => id);
    return [...this.#kept].flatMap(([id, collection]) => (there.includes(id) ? [] : [`${collection} ${id}`]));
  }

  /** Deletes all of it, what uses something before what it uses. */
  async removeAll(): Promise<void> {
    for (const { id } of await this.#own('floatingips')) await this.#delete('floatingips', id);
    for (const router of await this.#own('routers')) {
      for (const side of await this.#sides(router)) await this.#leave(router, side);
      await this.#delete('routers', router.id);
    }
    for (const { id } of await this.#own('ports')) await this.#delete('ports', id);
    for (const collection of ['networks', 'security-groups'] as const)
      for (const { id } of await this.#own(collection)) await this.#delete(collection, id);
  }

  readonly #operations: readonly (() => Promise<unknown>)[] = [
    () => this.#makeNetwork(),
    () => this.#makePort(),
    () => this.#makePort(),
    () => this.#changePort(),
    () => this.#changePort(),
    () => this.#makeRouter(),
    () => this.#join(),
    () => this.#join(),
    async () => {
      const router = await this.#any('routers');
      return this.#leave(router, this.#deps.random.pick(some(await this.#sides(router))));
    },
    () => this.#makeFloatingIp(),
    () => this.#make('security-groups', { name: this.#name() }),
    () => this.#makeRule(),
    ...(['networks', 'ports', 'ports', 'routers', 'floatingips', 'security-groups'] as const).map(
      (collection) => async () => this.#delete(collection, (await this.#any(collection)).id),
    ),
  ];

  async #makeNetwork(): Promise<void> {
    const name = this.#name();
    const { id: network_id } = await this.#make('networks', { name });
    const cidr = `10.${160 + Math.floor(this.#next / 256)}.${this.#next % 256}.0/24`;
    await this.#make('subnets', { name, network_id, ip_version: 4, cidr });
  }

  /** As Kuryr makes them: the node lays the cable, and leaves its far end on the machine. */
  async #makePort(): Promise<void> {
    const name = this.#name();
    await this.#make('ports', {
      name,
      network_id: (await this.#any('networks')).id,
      device_owner: 'compute:kuryr',
      device_id: name,
      'binding:host_id': this.#deps.random.pick(this.#deps.hosts),
    });
  }

  async #changePort(): Promise<void> {
    const { id } = await this.#any('ports');
    const group = await this.#any('security-groups').catch(() => undefined);
    const change = this.#deps.random.pick([
      { admin_state_up: this.#deps.random.below(2) === 0 },
      { security_groups: group ? [group.id] : [] },
      { allowed_address_pairs: [{ ip_address: `10.99.0.${this.#deps.random.below(250)}` }] },
      { 'binding:host_id': this.#deps.random.pick(this.#deps.hosts) },
    ]);
    await this.#deps.user.client.put('network', `/v2.0/ports/${id}`, { port: change });
  }

  async #makeRouter(): Promise<void> {
    const wanted = { name: this.#name(), external_gateway_info: { network_id: await this.#outside() } };
    await this.#make('routers', wanted);
  }

  async #join(): Promise<void> {
    const [router, subnet] = [await this.#any('routers'), await this.#any('subnets')];
    const path = `/v2.0/routers/${router.id}/add_router_interface`;
    await this.#deps.user.client.put('network', path, { subnet_id: subnet.id });
  }

  async #leave(router: Thing, side: Thing): Promise<void> {
    const path = `/v2.0/routers/${router.id}/remove_router_interface`;
    await this.#deps.user.client.put('network', path, { port_id: side.id });
  }

  async #makeFloatingIp(): Promise<void> {
    const floating_network_id = await this.#outside();
    const { id } = await this.#make('floatingips', { floating_network_id, description: this.#name() });
    const floatingip = { port_id: (await this.#any('ports')).id };
    await this.#deps.user.client.put('network', `/v2.0/floatingips/${id}`, { floatingip });
  }

  /** Of a group whose members are those of another. */
  async #makeRule(): Promise<void> {
    const [group, remote] = [await this.#any('security-groups'), await this.#any('security-groups')];
    await this.#deps.user.createNeutron('security-group-rule', {
      security_group_id: group.id,
      remote_group_id: remote.id,
      direction: 'ingress',
      protocol: 'tcp',
      port_range_min: 1 + this.#deps.random.below(60_000),
      port_range_max: 60_001,
    });
  }

  async #make(collection: Collection, wanted: object): Promise<{ id: string }> {
    const made = await this.#deps.user.createNeutron(collection.slice(0, -1), wanted);
    this.#kept.set(made.id, collection);
    if (collection === 'ports') this.ports.push(made.id);
    return made;
  }

  async #delete(collection: Collection, id: string): Promise<void> {
    const kept = this.#kept.get(id);
    this.#kept.delete(id); // what is cut off may be gone
    const subnets = collection === 'networks' ? await this.#all('subnets', `network_id=${id}`) : [];
    for (const subnet of subnets) this.#kept.delete(subnet.id);
    await this.#deps.user.client.delete('network', `/v2.0/${collection}/${id}`).catch((thrown: unknown) => {
      if (kept && thrown instanceof CloudError && thrown.kind === 'conflict') this.#kept.set(id, kept);
      throw thrown;
    });
  }

  #sides({ id }: Thing): Promise<Thing[]> {
    return this.#all('ports', `device_id=${id}&device_owner=network:router_interface`);
  }

  async #outside(): Promise<string> {
    return some(await this.#all('networks', 'name=public'))[0]?.id ?? '';
  }

  async #any(collection: Collection): Promise<Thing> {
    return this.#deps.random.pick(some(await this.#own(collection)));
  }

  async #own(collection: Collection): Promise<Thing[]> {
    const all = await this.#all(collection);
    return all
      .filter(({ name, description }) => [name, description].some((text) => String(text).startsWith(MARK)))
      .toSorted((a, b) => (a.id < b.id ? -1 : 1));
  }

  async #all(collection: Collection, query = ''): Promise<Thing[]> {
    const path = `/v2.0/${collection}?${query}`;
    const answer = await this.#deps.user.client.get<Record<string, Thing[]>>('network', path);
    return answer[collection.replaceAll('-', '_')] ?? [];
  }

  #name(): string {
    return `${MARK}${this.#next++}`;
  }
}

/** @throws CloudError `not-found`, as the API does, where there is nothing to pick from. */
function some<T>(things: readonly T[]): readonly T[] {
  if (things.length === 0) throw new CloudError('not-found', 'There is none yet.');
  return things;
}
