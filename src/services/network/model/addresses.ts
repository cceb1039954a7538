import ipaddr from 'ipaddr.js';
import { networkError } from './errors.ts';

export type IpVersion = 4 | 6;

/** Addresses are numbers inside, so that ranges are comparisons; text is canonical (RFC 5952 for IPv6). */
export interface Address {
  readonly version: IpVersion;
  readonly value: bigint;
}

export interface Cidr {
  readonly version: IpVersion;
  /** The first address. */
  readonly first: bigint;
  readonly prefix: number;
}

export interface Range {
  readonly first: bigint;
  readonly last: bigint;
}

/** A range as the API shows it. */
export interface Pool {
  readonly start: string;
  readonly end: string;
}

export const bitsOf = (version: IpVersion): number => (version === 4 ? 32 : 128);

/** @throws CloudError `InvalidInput`. */
export function parseAddress(text: string): Address {
  const found = findAddress(text);
  if (!found) throw networkError('bad-request', 'InvalidInput', `'${text}' is not a valid IP address.`);
  return found;
}

export function findAddress(text: string): Address | undefined {
  const value = findIpv4(text);
  if (value !== undefined) return { version: 4, value };
  if (!ipaddr.IPv6.isValid(text) || text.includes('%')) return undefined;
  return { version: 6, value: toValue(ipaddr.IPv6.parse(text)) };
}

/** Without the library, whose way through regular expressions costs 40 µs: each new port reads all of its subnet's. */
function findIpv4(text: string): bigint | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part))) return undefined;
  const numbers = parts.map(Number);
  return numbers.every((part) => part < 256)
    ? BigInt(numbers.reduce((sum, part) => sum * 256 + part, 0))
    : undefined;
}

export function formatAddress(version: IpVersion, value: bigint): string {
  const hex = value.toString(16).padStart(bitsOf(version) / 4, '0');
  return ipaddr.fromByteArray([...Buffer.from(hex, 'hex')]).toString();
}

/** An address in its canonical text. @throws CloudError `InvalidInput`. */
export function canonical(text: string): string {
  const { version, value } = parseAddress(text);
  return formatAddress(version, value);
}

/** @throws CloudError `InvalidInput` when it cannot be read, or has bits set behind the prefix. */
export function parseCidr(text: string): Cidr {
  const cidr = findCidr(text);
  if (!cidr) throw networkError('bad-request', 'InvalidInput', `'${text}' is not a valid CIDR.`);
  const network = maskOf(cidr.version, cidr.prefix) & cidr.first;
  if (network === cidr.first) return cidr;
  const wanted = formatCidr({ ...cidr, first: network });
  throw networkError(
    'bad-request',
    'InvalidInput',
    `'${text}' isn't a recognized IP subnet cidr, '${wanted}' is recommended.`,
  );
}

/** The network that a CIDR or a lone address names, host bits dropped. @throws CloudError `InvalidInput`. */
export function parseNetwork(text: string): Cidr {
  const address = text.includes('/') ? undefined : findAddress(text);
  const cidr = address
    ? { version: address.version, first: address.value, prefix: bitsOf(address.version) }
    : findCidr(text);
  if (!cidr) throw networkError('bad-request', 'InvalidInput', `'${text}' is not a valid IP prefix.`);
  return { ...cidr, first: maskOf(cidr.version, cidr.prefix) & cidr.first };
}

function findCidr(text: string): Cidr | undefined {
  const [address, prefix, ...rest] = text.split('/');
  const found = findAddress(address ?? '');
  if (!found || rest.length > 0 || !/^\d{1,3}$/.test(prefix ?? '')) return undefined;
  const length = Number(prefix);
  if (length > bitsOf(found.version)) return undefined;
  return { version: found.version, first: found.value, prefix: length };
}

export const formatCidr = ({ version, first, prefix }: Cidr): string =>
  `${formatAddress(version, first)}/${prefix}`;

export const lastOf = ({ version, first, prefix }: Cidr): bigint =>
  first + (1n << BigInt(bitsOf(version) - prefix)) - 1n;

export const contains = (cidr: Cidr, address: Address): boolean =>
  cidr.version === address.version && address.value >= cidr.first && address.value <= lastOf(cidr);

export const overlaps = (a: Cidr, b: Cidr): boolean =>
  a.version === b.version && a.first <= lastOf(b) && b.first <= lastOf(a);

/** What hosts may have: all but network and broadcast in IPv4, all but the any-cast address in IPv6; tiny networks whole. */
export function usableRange(cidr: Cidr): Range {
  const last = lastOf(cidr);
  if (last - cidr.first < 2n) return { first: cidr.first, last };
  return { first: cidr.first + 1n, last: cidr.version === 4 ? last - 1n : last };
}

/** The whole usable range but the gateway. */
export function defaultPools(cidr: Cidr, gateway: Address | null): Range[] {
  const whole = usableRange(cidr);
  if (!gateway || gateway.value < whole.first || gateway.value > whole.last) return [whole];
  return [
    { first: whole.first, last: gateway.value - 1n },
    { first: gateway.value + 1n, last: whole.last },
  ].filter(({ first, last }) => first <= last);
}

/** @throws CloudError `InvalidInput` when an end is not an address. */
export const toRange = (pool: Pool): Range => ({
  first: parseAddress(pool.start).value,
  last: parseAddress(pool.end).value,
});

export const toPool = (version: IpVersion, range: Range): Pool => ({
  start: formatAddress(version, range.first),
  end: formatAddress(version, range.last),
});

/** The first free address of the pools, or the one `skip` free ones later (wrapping to the first); undefined when full. */
export function pickFree(pools: readonly Range[], used: ReadonlySet<bigint>, skip = 0): bigint | undefined {
  let first: bigint | undefined;
  let left = skip;
  for (const pool of pools) {
    for (let value = pool.first; value <= pool.last; value++) {
      if (used.has(value)) continue;
      first ??= value;
      if (left-- === 0) return value;
    }
  }
  return first;
}

/** The address that a host makes of its MAC in a /64 (RFC 4291, modified EUI-64). */
export function eui64(cidr: Cidr, mac: string): Address {
  const [a, b, c, d, e, f] = mac.split(':').map((part) => Number.parseInt(part, 16));
  const bytes = [(a ?? 0) ^ 2, b, c, 0xff, 0xfe, d, e, f].map((byte) => byte ?? 0);
  return { version: 6, value: cidr.first | BigInt(`0x${Buffer.from(bytes).toString('hex')}`) };
}

const maskOf = (version: IpVersion, prefix: number): bigint => {
  const bits = BigInt(bitsOf(version));
  return ((1n << bits) - 1n) ^ ((1n << (bits - BigInt(prefix))) - 1n);
};

const toValue = (address: { toByteArray(): number[] }): bigint =>
  BigInt(`0x${Buffer.from(address.toByteArray()).toString('hex')}`);
