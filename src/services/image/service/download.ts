import type { IncomingMessage } from 'node:http';
import ipaddr from 'ipaddr.js';
import { checkedLookup, hostIn } from '#kernel/addresses.ts';
import { badRequest, CloudError, messageOf } from '#kernel/errors.ts';

/** What may be fetched in the name of users. */
export interface DownloadRules {
  readonly schemes: readonly string[];
  readonly ports: readonly number[];
  /** When there are any, only these hosts. */
  readonly hosts: readonly string[];
  readonly refusedHosts: readonly string[];
  /** Networks (CIDR) that are reached although they are not of the public internet. */
  readonly networks: readonly string[];
}

const MAX_REDIRECTS = 5;
const IDLE_MS = 30_000;

/** What stands for nothing in particular: the public internet. Loopback, link-local, private and the like are other ranges. */
const PUBLIC = 'unicast';

/**
 * Opens what is at a URL of a user's. Every address is looked at when it is connected to, so a name that means another one
 * the second time, or a redirection, leads nowhere else.
 * @throws CloudError `bad-request` for what the rules refuse, and for what cannot be had
 */
export async function download(
  uri: string,
  rules: DownloadRules,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  let url = checkUrl(uri, rules);
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    const answer = await request(url, rules, signal);
    const { statusCode = 0, headers } = answer;
    if (statusCode === 200) return answer;
    answer.destroy();
    if (![301, 302, 303, 307, 308].includes(statusCode) || headers.location === undefined)
      throw badRequest(`The server answered ${statusCode} where the image should be.`);
    url = checkUrl(headers.location, rules, url);
  }
  throw badRequest(`The server redirected more than ${MAX_REDIRECTS} times.`);
}

/** @throws CloudError `bad-request` unless the rules let this be fetched. Names are resolved later. */
export function checkUrl(uri: string, rules: DownloadRules, base?: URL): URL {
  const url = URL.parse(uri, base?.href);
  if (!url) throw badRequest('The URI of the image is not valid.');
  const scheme = url.protocol.slice(0, -1);
  const port = Number(url.port || (scheme === 'https' ? 443 : 80));
  const host = hostIn(url);
  const allowed =
    (scheme === 'http' || scheme === 'https') &&
    rules.schemes.includes(scheme) &&
    rules.ports.includes(port) &&
    (rules.hosts.length === 0 || rules.hosts.includes(host)) &&
    !rules.refusedHosts.includes(host) &&
    url.username === '' &&
    url.password === '' &&
    (!ipaddr.isValid(host) || isAllowedAddress(host, rules));
  if (!allowed)
    throw badRequest('URI for web-download does not pass filtering: it may not be fetched from here.');
  return url;
}

export function isAllowedAddress(text: string, { networks }: Pick<DownloadRules, 'networks'>): boolean {
  const address = ipaddr.process(text);
  if (address.range() === PUBLIC) return true;
  return networks.some((network) => {
    const [base, bits] = ipaddr.parseCIDR(network);
    return base.kind() === address.kind() && address.match(base, bits);
  });
}

async function request(url: URL, rules: DownloadRules, signal: AbortSignal): Promise<IncomingMessage> {
  // Not before it is needed: an import statement for it loads all of undici, 13 MB.
  const { get } = await (url.protocol === 'https:' ? import('node:https') : import('node:http'));
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const lookup = checkedLookup((address) => isAllowedAddress(address, rules));
  const options = { signal, agent: false, lookup, headers: { 'user-agent': 'hydria' } };
  const asked = get(url, options, resolve);
  asked.setTimeout(IDLE_MS, () => asked.destroy(new Error('the server does not answer')));
  asked.on('error', (cause) => {
    if (cause instanceof CloudError || signal.aborted) reject(cause);
    else reject(badRequest(`The image could not be fetched: ${messageOf(cause)}.`, { cause }));
  });
  return promise;
}
