import { badRequest, conflict, notFound } from '#kernel/errors.ts';
import type { Neutron, NeutronSubnet, NeutronSubnetPool } from '#src/openstack/neutron.ts';
import { isSameCidr, prefixOf } from './addresses.ts';
import { EXISTING_POOL, poolName } from './names.ts';
import type { Reference } from './options.ts';

type Named = 'network' | 'subnet' | 'subnetpool';

/** What a user means by an id or a name. @throws CloudError `not-found`; `conflict` when several have the name. */
export async function resolve<K extends Named>(neutron: Neutron, kind: K, { id, name }: Reference) {
  const query = id === null ? { name: name ?? '' } : { id };
  const [found, other] = await neutron.list(kind, query);
  if (!found) throw notFound(`There is no ${kind} ${id ?? `'${name}'`} in Neutron.`);
  if (other) throw conflict(`Several of Neutron's ${kind}s have the name '${name}': use an id.`);
  return found;
}

export interface PoolRequest {
  readonly cidr: string;
  readonly pool: Reference | null;
  readonly subnet: Reference | null;
  readonly shared: boolean | null;
}

/** The pool for a range: the user's own, one that Kuryr made before, or a new one. */
export async function ensurePool(neutron: Neutron, request: PoolRequest): Promise<NeutronSubnetPool> {
  const subnet = request.subnet && (await subnetFor(neutron, request.subnet, request.cidr));
  const given = request.pool && (await adoptPool(neutron, request.pool, request));
  if (given) return given;
  const known = await findOwnPool(neutron, request.cidr, subnet?.id ?? null);
  if (known) return known;
  const pool = await neutron.create('subnetpool', {
    name: poolName(request.cidr),
    default_prefixlen: prefixOf(request.cidr),
    prefixes: [request.cidr],
    ...(request.shared === null ? {} : { shared: request.shared }),
  });
  if (subnet) await neutron.addTags('subnetpool', pool.id, [subnet.id]);
  return pool;
}

async function subnetFor(neutron: Neutron, reference: Reference, cidr: string): Promise<NeutronSubnet> {
  const subnet = await resolve(neutron, 'subnet', reference);
  if (!isSameCidr(subnet.cidr, cidr))
    throw badRequest(`The subnet ${subnet.id} is ${subnet.cidr}, not ${cidr}.`);
  return subnet;
}

/** @returns null when the user's pool is for other addresses: then the range gets a pool of its own. */
async function adoptPool(
  neutron: Neutron,
  reference: Reference,
  { cidr, shared }: PoolRequest,
): Promise<NeutronSubnetPool | null> {
  const pool = await resolve(neutron, 'subnetpool', reference);
  if (!pool.prefixes.some((prefix) => isSameCidr(prefix, cidr))) return null;
  if (shared !== null && pool.shared !== shared)
    throw conflict(`The subnet pool ${pool.id} is ${pool.shared ? '' : 'not '}shared.`);
  await neutron.addTags('subnetpool', pool.id, [EXISTING_POOL]);
  return pool;
}

/** A pool of Kuryr's: ranges may repeat, and then the subnet that it was made for tells it from others. */
export async function findOwnPool(
  neutron: Neutron,
  cidr: string,
  subnetId: string | null,
): Promise<NeutronSubnetPool | undefined> {
  const query = { name: poolName(cidr), ...(subnetId === null ? {} : { tags: subnetId }) };
  const pools = await neutron.list('subnetpool', query);
  return subnetId === null ? (pools.find(({ tags }) => tags.length === 0) ?? pools[0]) : pools[0];
}

/** The subnets that Docker's addresses of this pool are in, the surest first. */
export async function subnetsOf(neutron: Neutron, poolId: string): Promise<NeutronSubnet[]> {
  const made = await neutron.list('subnet', { subnetpool_id: poolId });
  return made.length > 0 ? made : neutron.list('subnet', { tags: poolId });
}
