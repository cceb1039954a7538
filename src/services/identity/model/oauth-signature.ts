import { createHmac } from 'node:crypto';
import { isSame } from './ec2-signature.ts';

/** A request that is signed as OAuth 1.0a has it. Source: RFC 5849. */
export interface OauthRequest {
  readonly method: string;
  /** Without a query. */
  readonly url: string;
  readonly parameters: Readonly<Record<string, string>>;
}

const MAX_AGE = 15 * 60_000;

/** The parameters of an `Authorization: OAuth …` header. @returns undefined for any other header. */
export function parseOauthHeader(header: string | undefined): Record<string, string> | undefined {
  if (!header?.toLowerCase().startsWith('oauth ')) return undefined;
  const pairs = [...header.slice('oauth '.length).matchAll(/(\w+)="([^"]*)"/g)];
  return Object.fromEntries(pairs.map(([, name = '', value = '']) => [name, unescape(value)]));
}

/** Whether the request was signed by both secrets, by HMAC-SHA1, not too long ago. */
export function isOauthSigned(
  request: OauthRequest,
  secrets: { readonly consumer: string; readonly token: string },
  now: Date,
): boolean {
  const { oauth_signature: signature, ...signed } = request.parameters;
  const age = now.getTime() - Number(signed['oauth_timestamp']) * 1000;
  if (signature === undefined || !(Math.abs(age) <= MAX_AGE)) return false;
  if (signed['oauth_signature_method'] !== 'HMAC-SHA1') return false;
  const normalized = Object.entries(signed)
    .filter(([name]) => name !== 'realm')
    .map(([name, value]) => `${escape(name)}=${escape(value)}`)
    .toSorted()
    .join('&');
  const base = [request.method.toUpperCase(), request.url, normalized].map(escape).join('&');
  const key = `${escape(secrets.consumer)}&${escape(secrets.token)}`;
  return isSame(createHmac('sha1', key).update(base).digest('base64'), signature);
}

const escape = (text: string): string =>
  encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );

function unescape(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
