import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import { badRequest, CloudError, forbidden } from '#kernel/errors.ts';
import type { InsideCalls } from '#kernel/http/inside-calls.ts';
import type { Deliver, Delivery } from './service/deps.ts';

/** What only this machine and its neighbours may reach. */
const CLOSED = new BlockList();
for (const [net, bits] of [
  ['0.0.0.0', 8],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['224.0.0.0', 3],
] as const)
  CLOSED.addSubnet(net, bits, 'ipv4');
for (const [net, bits] of [
  ['::', 127],
  ['fe80::', 10],
  ['ff00::', 8],
] as const)
  CLOSED.addSubnet(net, bits, 'ipv6');

/**
 * What is for this cloud goes to it from within, in the owner's name where it is trusted. Everything else goes over the network without
 * any token, and never to this machine itself, to neighbours' own addresses, or where an answer leads on.
 */
export function createDeliver(inside: Pick<InsideCalls, 'send'>, publicUrl: string): Deliver {
  const own = URL.canParse(publicUrl) ? new URL(publicUrl).origin : null;
  return async ({ url, as, body }, signal) => {
    if (url.origin === own) return inside.send({ url, as, body });
    if (as) throw forbidden('Only an address of this cloud is trusted with its rights.');
    await post(url, body, signal);
  };
}

async function post(url: URL, body: Delivery['body'], signal: AbortSignal): Promise<void> {
  const { address, family } = await openAddress(url.hostname.replace(/^\[|\]$/g, ''));
  const { request } = await (url.protocol === 'https:' ? import('node:https') : import('node:http'));
  const payload = JSON.stringify(body);
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) };
  const status = await new Promise<number>((resolve, reject) => {
    const options = {
      method: 'POST',
      headers,
      signal,
      // The address that was looked at, and no other that the name may stand for a moment later.
      lookup: (_: string, asked: { all?: boolean }, found: (...answer: unknown[]) => void) =>
        asked.all ? found(null, [{ address, family }]) : found(null, address, family),
    };
    const sent = request(url, options as object, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    sent.on('error', reject);
    sent.end(payload);
  });
  if (status >= 300) throw new CloudError('unavailable', `It was answered with ${status}.`);
}

async function openAddress(host: string): Promise<{ address: string; family: number }> {
  const found = isIP(host) ? { address: host, family: isIP(host) } : await lookup(host);
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(found.address)?.[1];
  const closed = mapped
    ? CLOSED.check(mapped, 'ipv4')
    : CLOSED.check(found.address, found.family === 6 ? 'ipv6' : 'ipv4');
  if (closed) throw badRequest(`Nothing is sent to ${host}.`);
  return found;
}
