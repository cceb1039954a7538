import ipaddr from 'ipaddr.js';
import { badRequest } from '#kernel/errors.ts';

/** `10.0.0.5/16` → `10.0.0.0/16`. @throws CloudError `bad-request` */
export function networkOf(cidr: string): string {
  try {
    const [, prefix] = ipaddr.parseCIDR(cidr);
    const family = versionOf(cidr) === 6 ? ipaddr.IPv6 : ipaddr.IPv4;
    return `${family.networkAddressFromCIDR(cidr).toString()}/${prefix}`;
  } catch (cause) {
    throw badRequest(`'${cidr}' is not an address with a prefix.`, { cause });
  }
}

/** `10.0.0.5/16` → `10.0.0.5`, in its shortest form; '' and addresses that say "none" → null. */
export function addressOf(cidr: string | undefined): string | null {
  const [address = ''] = (cidr ?? '').split('/');
  if (address === '') return null;
  if (!ipaddr.isValid(address)) throw badRequest(`'${address}' is not an IP address.`);
  const parsed = ipaddr.parse(address);
  return parsed.range() === 'unspecified' ? null : parsed.toString();
}

export const prefixOf = (cidr: string): number => Number(cidr.split('/')[1]);
export const versionOf = (address: string): 4 | 6 => (address.includes(':') ? 6 : 4);
export const isSameCidr = (a: string, b: string): boolean => networkOf(a) === networkOf(b);

/** The first address of a range that a machine can have: `10.0.0.0/24` → `10.0.0.1`. */
export function firstAddress(cidr: string): string {
  const bytes = ipaddr.parse(networkOf(cidr).split('/')[0] ?? '').toByteArray();
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) | 1;
  return ipaddr.fromByteArray(bytes).toString();
}
