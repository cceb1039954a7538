import { lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { badRequest } from './errors.ts';

/** What an address is for, in the words of the registries: `unicast` (the public internet), `private`, `loopback`, `linkLocal` … */
export const rangeOf = (address: string): string => ipaddr.process(address).range();

/** The host of a URL without brackets and the last dot. */
export const hostIn = ({ hostname }: URL): string =>
  hostname
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
    .toLowerCase();

/** Gives a connection only addresses that may be reached: a name that means another one the second time leads nowhere else. */
export const checkedLookup =
  (isAllowed: (address: string) => boolean): LookupFunction =>
  (hostname, options, done) => {
    lookup(hostname, { ...options, all: true }, (failure, found) => {
      const addresses = failure ? [] : found.filter(({ address }) => isAllowed(address));
      const [first] = addresses;
      if (failure) done(failure, '');
      else if (!first)
        done(badRequest('The name of the host stands for addresses that may not be reached.'), '');
      else if (options.all) done(null, addresses);
      else done(null, first.address, first.family);
    });
  };
