import type { CloudError } from '#kernel/errors.ts';
import { bitsOf, formatCidr, lastOf, overlaps, parseCidr, type Cidr, type IpVersion } from './addresses.ts';
import { invalid, networkError, refused } from './errors.ts';
import type { Standard } from './standard.ts';

/** Pools of one scope never overlap, so that routers may connect their subnets without translation. */
export interface AddressScope extends Standard {
  readonly ipVersion: IpVersion;
}

/** Prefixes that subnets are cut from. */
export interface SubnetPool extends Standard {
  readonly ipVersion: IpVersion;
  readonly prefixes: readonly string[];
  readonly minPrefixlen: number;
  readonly maxPrefixlen: number;
  readonly defaultPrefixlen: number;
  readonly isDefault: boolean;
  readonly addressScopeId: string | null;
  /** What one project may take: addresses in IPv4, /64 networks in IPv6; null = any amount. */
  readonly defaultQuota: number | null;
}

export const scopeNotFound = (id: string): CloudError =>
  networkError('not-found', 'AddressScopeNotFound', `Address scope ${id} could not be found`);
export const scopeInUse = (id: string): CloudError =>
  refused(
    'AddressScopeInUse',
    `Unable to complete operation on address scope ${id}. There are one or more subnet pools in use on the address scope`,
  );
export const poolNotFound = (id: string): CloudError =>
  networkError('not-found', 'SubnetPoolNotFound', `Subnet pool ${id} could not be found.`);

const bad = (type: string, message: string): CloudError => networkError('bad-request', type, message);

export const defaultMinPrefixlen = (version: IpVersion): number => (version === 4 ? 8 : 64);

/** @throws CloudError unless min ≤ default ≤ max, all of them prefixes of the version. */
export function assertBounds(pool: SubnetPool): void {
  const { minPrefixlen: min, maxPrefixlen: max, defaultPrefixlen: usual, ipVersion } = pool;
  if (max > bitsOf(ipVersion))
    throw bad('IllegalSubnetPoolPrefixBounds', `A prefix of ${max} bits is too long for IPv${ipVersion}.`);
  if (min < 1 || min > max)
    throw bad(
      'IllegalSubnetPoolPrefixBounds',
      `Illegal prefix bounds: min_prefixlen=${min}, max_prefixlen=${max}.`,
    );
  if (usual < min || usual > max)
    throw bad(
      'IllegalSubnetPoolPrefixBounds',
      `Illegal prefix bounds: default_prefixlen=${usual} is not between ${min} and ${max}.`,
    );
}

/** Prefixes of one version, sorted, with those that touch or overlap made one. */
export function compactPrefixes(version: IpVersion, given: readonly string[]): string[] {
  if (given.length === 0) throw bad('EmptySubnetPoolPrefixList', 'Empty subnet pool prefix list.');
  const cidrs = given.map(parseCidr);
  const other = cidrs.find((cidr) => cidr.version !== version);
  if (other)
    throw bad(
      'PrefixVersionMismatch',
      `Cannot mix IPv4 and IPv6 prefixes in a subnet pool: ${formatCidr(other)}.`,
    );
  return merged(cidrs).map(formatCidr);
}

/** Bigger ones swallow smaller ones, and two halves of one prefix become it. */
function merged(cidrs: readonly Cidr[]): Cidr[] {
  const kept: Cidr[] = [];
  const sorted = cidrs.toSorted((a, b) =>
    a.first === b.first ? a.prefix - b.prefix : a.first < b.first ? -1 : 1,
  );
  for (const cidr of sorted) {
    const last = kept.at(-1);
    if (last && cidr.first <= lastOf(last)) continue;
    kept.push(cidr);
    for (let pair = halves(kept); pair; pair = halves(kept)) kept.splice(-2, 2, pair);
  }
  return kept;
}

function halves(cidrs: readonly Cidr[]): Cidr | undefined {
  const [low, high] = cidrs.slice(-2);
  if (!low || !high || low.prefix !== high.prefix || high.first !== lastOf(low) + 1n) return undefined;
  const size = 1n << BigInt(bitsOf(low.version) - low.prefix + 1);
  return low.first % size === 0n ? { ...low, prefix: low.prefix - 1 } : undefined;
}

const within = (inner: Cidr, outers: readonly Cidr[]): boolean =>
  outers.some(
    (outer) => outer.version === inner.version && outer.prefix <= inner.prefix && overlaps(outer, inner),
  );

/** @throws CloudError when something that was in the pool no longer would be. */
export function assertGrows(before: readonly string[], after: readonly string[]): void {
  const outers = after.map(parseCidr);
  if (!before.every((prefix) => within(parseCidr(prefix), outers)))
    throw bad(
      'IllegalSubnetPoolPrefixUpdate',
      `Illegal update to prefixes: existing prefixes may not be removed. Existing prefixes: ${before.join(', ')}.`,
    );
}

/** The pool's prefixes without the given ones, which must be in it whole. */
export function withoutPrefixes(pool: SubnetPool, given: readonly string[]): string[] {
  let rest = pool.prefixes.map(parseCidr);
  for (const removed of given.map(parseCidr)) {
    if (!within(removed, rest))
      throw bad(
        'IllegalSubnetPoolPrefixUpdate',
        `Prefix ${formatCidr(removed)} is not in subnet pool ${pool.id}.`,
      );
    rest = rest.flatMap((cidr) => subtract(cidr, removed));
  }
  return merged(rest).map(formatCidr);
}

function subtract(whole: Cidr, part: Cidr): Cidr[] {
  if (!overlaps(whole, part)) return [whole];
  if (whole.prefix >= part.prefix) return [];
  const prefix = whole.prefix + 1;
  const second = whole.first + (1n << BigInt(bitsOf(whole.version) - prefix));
  return [whole.first, second].flatMap((first) => subtract({ version: whole.version, first, prefix }, part));
}

/** The length asked for, or the pool's own. @throws CloudError outside of the pool's bounds. */
export function prefixlenOf(pool: SubnetPool, asked: number | undefined): number {
  const length = asked ?? pool.defaultPrefixlen;
  if (length < pool.minPrefixlen)
    throw bad(
      'MinPrefixSubnetAllocationError',
      `Unable to allocate subnet with prefix length ${length}, minimum allowed prefix is ${pool.minPrefixlen}.`,
    );
  if (length > pool.maxPrefixlen)
    throw bad(
      'MaxPrefixSubnetAllocationError',
      `Unable to allocate subnet with prefix length ${length}, maximum allowed prefix is ${pool.maxPrefixlen}.`,
    );
  return length;
}

/** The first free block of the length; blocks begin at multiples of their size. @throws CloudError when there is none. */
export function cutFree(pool: SubnetPool, prefix: number, taken: readonly Cidr[]): Cidr {
  for (const space of pool.prefixes.map(parseCidr)) {
    const size = 1n << BigInt(bitsOf(space.version) - prefix);
    const inside = taken
      .filter((cidr) => overlaps(cidr, space))
      .toSorted((a, b) => (a.first < b.first ? -1 : 1));
    let first = space.first;
    for (const cidr of inside) {
      if (first + size <= cidr.first) break;
      const next = lastOf(cidr) + 1n;
      if (next > first) first = next % size === 0n ? next : next + (size - (next % size));
    }
    if (prefix >= space.prefix && first + size - 1n <= lastOf(space))
      return { version: space.version, first, prefix };
  }
  throw refused(
    'SubnetAllocationError',
    `Failed to allocate subnet: Insufficient prefix space to allocate subnet size /${prefix}.`,
  );
}

/** @throws CloudError unless the very prefix is in the pool and free. */
export function assertFree(pool: SubnetPool, cidr: Cidr, taken: readonly Cidr[]): void {
  if (!within(cidr, pool.prefixes.map(parseCidr)) || taken.some((other) => overlaps(other, cidr)))
    throw refused(
      'SubnetAllocationError',
      `Failed to allocate subnet: Cannot allocate requested subnet ${formatCidr(cidr)} from the available set of prefixes.`,
    );
}

/** How much of a quota the networks use. */
const weightOf = (cidr: Cidr): number =>
  cidr.version === 4 ? 2 ** (32 - cidr.prefix) : 2 ** Math.max(0, 64 - cidr.prefix);

export function assertPoolQuota(pool: SubnetPool, own: readonly Cidr[], added: Cidr): void {
  if (pool.defaultQuota === null) return;
  const used = [...own, added].reduce((sum, cidr) => sum + weightOf(cidr), 0);
  if (used > pool.defaultQuota)
    throw refused('SubnetPoolQuotaExceeded', 'Per-tenant subnet pool prefix quota exceeded.');
}

/** @throws CloudError when pools of one scope would overlap. */
export function assertScopeFits(pool: SubnetPool, others: readonly SubnetPool[]): void {
  const own = pool.prefixes.map(parseCidr);
  const clash = others.some(
    (other) =>
      other.id !== pool.id &&
      other.prefixes.some((text) => own.some((cidr) => overlaps(cidr, parseCidr(text)))),
  );
  if (clash)
    throw refused(
      'AddressScopePrefixConflict',
      'Failed to associate address scope: subnetpools within an address scope must have unique prefixes.',
    );
}

export function assertScopeVersion(pool: Pick<SubnetPool, 'ipVersion'>, scope: AddressScope): void {
  if (pool.ipVersion !== scope.ipVersion)
    throw invalid(
      `Illegal subnetpool association: subnetpool cannot associate with address scope ${scope.id} because subnetpool ip_version is not ${scope.ipVersion}.`,
    );
}
