import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { badRequest } from '#kernel/errors.ts';

/** Text as Linux prints it, so that what is wanted can be compared with what is there. */

/** `FD00:0::1` → `fd00::1`. @throws CloudError `bad-request` */
export function canonicalAddress(text: string): string {
  if (isIP(text) === 0 || text.includes('%')) throw badRequest(`'${text}' is not an IP address.`);
  return isIPv6(text) ? ipaddr.IPv6.parse(text).toString() : text;
}

/** The network of an address or CIDR, without host bits: `10.0.0.7/8` → `10.0.0.0/8`, `10.0.0.7` → `10.0.0.7/32`. */
export function canonicalCidr(text: string): string {
  const known = cidrs.get(text);
  if (known !== undefined) return known;
  const cidr = parseCidr(text);
  if (cidrs.size === MOST_CIDRS) cidrs.clear();
  cidrs.set(text, cidr);
  return cidr;
}

/** The rules of many ports name the same few. */
const cidrs = new Map<string, string>();
const MOST_CIDRS = 10_000;

function parseCidr(text: string): string {
  const [, address = text, prefix] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const canonical = canonicalAddress(address);
  const bits = isIPv6(canonical) ? 128 : 32;
  const length = prefix === undefined ? bits : Number(prefix);
  if (length > bits) throw badRequest(`'${text}' is not a CIDR.`);
  if (length === bits) return `${canonical}/${bits}`;
  const network = isIPv6(address)
    ? ipaddr.IPv6.networkAddressFromCIDR(`${address}/${length}`)
    : ipaddr.IPv4.networkAddressFromCIDR(`${address}/${length}`);
  return `${network.toString()}/${length}`;
}

export const isIPv6 = (address: string): boolean => address.includes(':');

export const versionOf = (address: string): 4 | 6 => (isIPv6(address) ? 6 : 4);

/** Whether a CIDR holds an address or a smaller CIDR of the same version. */
export function contains(outer: string, inner: string): boolean {
  const [network, length] = ipaddr.parseCIDR(canonicalCidr(outer));
  const [address, innerLength] = ipaddr.parseCIDR(canonicalCidr(inner));
  return network.kind() === address.kind() && innerLength >= length && address.match(network, length);
}

/** The same addresses without repetition or overlap, since nftables refuses intervals that overlap. */
export function disjoint(cidrs: readonly string[]): string[] {
  const unique = new Set(cidrs.map(canonicalCidr));
  const lengths = [...new Set([...unique].map(lengthOf))];
  if (lengths.length < 2) return [...unique];
  // CIDRs overlap only by one holding the other: look whether a shorter form of it is among them.
  return [...unique].filter((cidr) => {
    const [address] = cidr.split('/');
    const shorter = lengths.filter((length) => length < lengthOf(cidr));
    return !shorter.some((length) => unique.has(canonicalCidr(`${address}/${length}`)));
  });
}

const lengthOf = (cidr: string): number => Number(cidr.split('/')[1]);

/** The link-local address that a device with this MAC has (RFC 4291, modified EUI-64). */
export function linkLocal(mac: string): string {
  const bytes = mac.split(':').map((byte) => Number.parseInt(byte, 16));
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = bytes;
  const groups = [((a ^ 2) << 8) | b, (c << 8) | 0xff, 0xfe00 | d, (e << 8) | f];
  // Only a first group of zero is one more for the `::` to stand for.
  const written = groups[0] === 0 ? groups.slice(1) : groups;
  return `fe80::${written.map((group) => group.toString(16)).join(':')}`;
}

/** First and last address of an IPv6 CIDR as hexadecimal numbers. */
export function hexRange(cidr: string): { first: string; last: string } {
  const [network, length] = ipaddr.parseCIDR(canonicalCidr(cidr));
  const first = BigInt(`0x${Buffer.from(network.toByteArray()).toString('hex')}`);
  const last = first | ((1n << BigInt(128 - length)) - 1n);
  return { first: hex(first), last: hex(last) };
}

const hex = (value: bigint): string => `0x${value.toString(16).padStart(32, '0')}`;
