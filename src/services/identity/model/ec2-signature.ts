import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** A signed request of EC2's API, as the service that received it describes it. Source: AWS signature versions 0, 1, 2, 4. */
export interface SignedRequest {
  readonly host: string;
  readonly verb: string;
  readonly path: string;
  readonly params: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  /** SHA-256 of the body, hex; of version 4. */
  readonly bodyHash: string;
}

const V4 = 'AWS4-HMAC-SHA256';
const MAX_AGE = 15 * 60_000;

/** Whether the signature is that of the request by this secret. Boto left the port out of the host: both are tried. */
export function isSignedBy(secret: string, request: SignedRequest, signature: string): boolean {
  const hosts = new Set([request.host, request.host.replace(/:\d+$/, '')]);
  return [...hosts].some((host) => {
    const expected = sign(secret, { ...request, host });
    return expected !== undefined && isSame(expected, signature);
  });
}

/** Whether the text that S3 signs was signed by this secret: version 4, else 1. */
export function isTextSignedBy(secret: string, text: Buffer, signature: string): boolean {
  if (!text.toString('utf8').startsWith(V4))
    return isSame(hmac('sha1', secret, text).toString('base64'), signature);
  const [, , scope = ''] = text.toString('utf8').split('\n');
  const [date, region, service, end] = scope.split('/');
  if (date === undefined || region === undefined || service !== 's3' || end !== 'aws4_request') return false;
  return isSame(hmac('sha256', v4Key(secret, scope), text).toString('hex'), signature);
}

/** Whether the time of the request, if it tells one, is near enough to now. */
export function isFresh({ params, headers }: SignedRequest, now: Date): boolean {
  const text = params['Timestamp'] ?? headerOf(headers, 'x-amz-date') ?? params['X-Amz-Date'];
  if (text === undefined) return true;
  const iso = text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z');
  const time = new Date(/[zZ]$|[+-]\d\d:\d\d$/.test(iso) ? iso : `${iso}Z`);
  return Math.abs(now.getTime() - time.getTime()) <= MAX_AGE;
}

/** @returns undefined when the request does not say how it is signed. */
function sign(secret: string, request: SignedRequest): string | undefined {
  const { params } = request;
  if (params['SignatureVersion'] === '0') {
    const text = `${params['Action'] ?? ''}${params['Timestamp'] ?? ''}`;
    return hmac('sha1', secret, text).toString('base64');
  }
  if (params['SignatureVersion'] === '1') {
    const names = Object.keys(params).toSorted((a, b) => compare(a.toLowerCase(), b.toLowerCase()));
    return hmac('sha1', secret, names.map((name) => name + params[name]).join('')).toString('base64');
  }
  if (params['SignatureVersion'] === '2') {
    const { verb, host, path } = request;
    const query = canonicalQuery({ ...params, SignatureMethod: 'HmacSHA256' });
    return hmac('sha256', secret, [verb, host, path, query].join('\n')).toString('base64');
  }
  return params['SignatureVersion'] === undefined ? signV4(secret, request) : undefined;
}

function signV4(secret: string, request: SignedRequest): string | undefined {
  const { verb, path, params, headers, bodyHash } = request;
  const authorization = headerOf(headers, 'authorization');
  if (!(authorization?.startsWith(V4) ?? params['X-Amz-Algorithm'] === V4)) return undefined;
  const parameter = (name: string): string =>
    (authorization === undefined
      ? params[`X-Amz-${name}`]
      : new RegExp(`${name}=([^,]*)`).exec(authorization)?.[1]) ?? '';
  const [, ...scope] = parameter('Credential').split('/');
  const date = headerOf(headers, 'x-amz-date') ?? params['X-Amz-Date'] ?? '';
  if (scope.length !== 4 || !date.startsWith(scope[0] ?? '')) return undefined;
  const signedHeaders = parameter('SignedHeaders');
  const canonical = [
    verb.toUpperCase(),
    path,
    verb.toUpperCase() === 'POST' ? '' : canonicalQuery(withoutSignature(params)),
    ...signedHeaders.split(';').flatMap((name) => {
      const value =
        name === 'host' && headerOf(headers, 'host') !== undefined ? request.host : headerOf(headers, name);
      return value === undefined ? [] : [`${name}:${value.trim()}`];
    }),
    '',
    signedHeaders,
    bodyHash,
  ].join('\n');
  const hash = createHash('sha256').update(canonical).digest('hex');
  const text = [V4, date, scope.join('/'), hash].join('\n');
  return hmac('sha256', v4Key(secret, scope.join('/')), text).toString('hex');
}

/** Of a signed URL the signature itself is not signed. */
function withoutSignature(params: SignedRequest['params']): SignedRequest['params'] {
  const { 'X-Amz-Signature': _, ...rest } = params;
  return rest;
}

/** Each part of the scope derives a key of its own: date, region, service, `aws4_request`. */
const v4Key = (secret: string, scope: string): Buffer =>
  scope.split('/').reduce<Buffer>((key, part) => hmac('sha256', key, part), Buffer.from(`AWS4${secret}`));

const canonicalQuery = (params: SignedRequest['params']): string =>
  Object.keys(params)
    .toSorted(compare)
    .map((name) => `${escape(name)}=${escape(params[name] ?? '')}`)
    .join('&');

const escape = (text: string): string =>
  encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );

const headerOf = (headers: SignedRequest['headers'], name: string): string | undefined =>
  Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];

const hmac = (algorithm: 'sha1' | 'sha256', key: string | Buffer, text: string | Buffer): Buffer =>
  createHmac(algorithm, key).update(text).digest();

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

/** In a time that does not tell where they differ. */
export function isSame(expected: string, given: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(expected), digest(given));
}
