import type { CloudError } from '#kernel/errors.ts';
import { formatCidr, parseNetwork } from './addresses.ts';
import { networkError, refused } from './errors.ts';
import type { Standard } from './standard.ts';

/** Prefixes under one name, for rules of security groups. */
export interface AddressGroup extends Standard {
  readonly addresses: readonly string[];
}

export const addressGroupNotFound = (id: string): CloudError =>
  networkError('not-found', 'AddressGroupNotFound', `Address group ${id} could not be found.`);
export const addressGroupInUse = (id: string): CloudError =>
  refused('AddressGroupInUse', `Address group ${id} is in use on one or more security group rules.`);

/** Each once, with host bits dropped; a lone address is itself. */
export const canonicalPrefixes = (addresses: readonly string[]): string[] => [
  ...new Set(addresses.map((address) => formatCidr(parseNetwork(address)))),
];

export function withAddresses(group: AddressGroup, given: readonly string[]): string[] {
  const added = canonicalPrefixes(given);
  const known = added.filter((address) => group.addresses.includes(address));
  if (known.length > 0)
    throw networkError(
      'bad-request',
      'AddressesAlreadyExist',
      `Addresses ${known.join(', ')} already exist in the address group ${group.id}.`,
    );
  return [...group.addresses, ...added];
}

export function withoutAddresses(group: AddressGroup, given: readonly string[]): string[] {
  const removed = canonicalPrefixes(given);
  const missing = removed.filter((address) => !group.addresses.includes(address));
  if (missing.length > 0)
    throw networkError(
      'not-found',
      'AddressesNotFound',
      `Addresses ${missing.join(', ')} not found in the address group ${group.id}.`,
    );
  return group.addresses.filter((address) => !removed.includes(address));
}
