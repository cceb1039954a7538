import { createHmac, timingSafeEqual, type KeyObject } from 'node:crypto';

/** What a token says by itself; roles are computed when it is checked. */
export interface TokenPayload {
  readonly userId: string;
  readonly methods: readonly AuthMethod[];
  readonly scope: TokenScope;
  /** Milliseconds since 1970. */
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** Own id first, then of those it was made from, the nearest first and the very first last. Base64url of 16 bytes. */
  readonly auditIds: readonly string[];
  readonly appCredentialId: string | null;
  /** The trust or access token that it came from. */
  readonly delegation: DelegationRef | null;
}

/** By what somebody acts with another's roles. */
export interface DelegationRef {
  readonly kind: (typeof DELEGATIONS)[number];
  readonly id: string;
}

export type TokenScope =
  | { readonly kind: 'unscoped' }
  | { readonly kind: 'project'; readonly id: string }
  | { readonly kind: 'domain'; readonly id: string }
  | { readonly kind: 'system' };

/** Order is part of the format: a method's place is its bit. */
export const AUTH_METHODS = [
  'password',
  'token',
  'application_credential',
  'totp',
  'external',
  'ec2credential',
  'oauth1',
] as const;
export type AuthMethod = (typeof AUTH_METHODS)[number];

/** The keys of tokens, as they are at the moment. */
export interface Keyring {
  signing(): KeyObject;
  verifying(): Iterable<KeyObject>;
}

const DELEGATIONS = ['trust', 'oauth1'] as const;
const SCOPES = ['unscoped', 'project', 'domain', 'system'] as const;
const VERSION = 1;
const SIGNATURE = 32;

/**
 * Tokens as self-contained, signed, URL-safe text of at most 255 characters (what Fernet tokens are upstream): a compact
 * binary form and HMAC-SHA256 over it. One key signs; all keys verify, so keys rotate without logging anyone out.
 */
export class TokenCodec {
  readonly #keys: Keyring;

  constructor(keys: Keyring) {
    this.#keys = keys;
  }

  encode(payload: TokenPayload): string {
    const head = Buffer.alloc(19);
    head.writeUInt8(VERSION, 0);
    head.writeUInt8(packMethods(payload.methods), 1);
    head.writeUInt8(SCOPES.indexOf(payload.scope.kind), 2);
    head.writeDoubleBE(payload.issuedAt, 3);
    head.writeDoubleBE(payload.expiresAt, 11);
    const scopeId = 'id' in payload.scope ? payload.scope.id : '';
    const ids = [payload.userId, scopeId, payload.appCredentialId ?? ''].map(packId);
    const audits = payload.auditIds.map((id) => Buffer.from(id, 'base64url'));
    const delegation = packDelegation(payload.delegation);
    const parts = [head, ...ids, Buffer.from([audits.length]), ...audits, delegation];
    return signed(this.#keys, Buffer.concat(parts));
  }

  /** @returns undefined for what none of the keys signed. Expiry is the caller's to check. */
  decode(token: string): TokenPayload | undefined {
    const body = verified(this.#keys, token, VERSION);
    return body && unpack(body);
  }
}

/** Bytes of ours with their signature, as text. The first byte says what they are. */
export const signed = (keys: Keyring, body: Buffer): string =>
  Buffer.concat([body, sign(keys.signing(), body)]).toString('base64url');

/** @returns undefined unless one of the keys signed it and it is of that kind. */
export function verified(keys: Keyring, text: string, kind: number): Buffer | undefined {
  if (text.length > 255 || !/^[\w-]+$/.test(text)) return undefined;
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.length < 19 + SIGNATURE || bytes[0] !== kind) return undefined;
  const body = bytes.subarray(0, -SIGNATURE);
  const signature = bytes.subarray(-SIGNATURE);
  for (const key of keys.verifying()) if (timingSafeEqual(sign(key, body), signature)) return body;
  return undefined;
}

export const packMethods = (methods: readonly AuthMethod[]): number =>
  methods.reduce((bits, method) => bits | (1 << AUTH_METHODS.indexOf(method)), 0);

export const unpackMethods = (bits: number): AuthMethod[] =>
  AUTH_METHODS.filter((_, place) => (bits & (1 << place)) !== 0);

const sign = (key: KeyObject, body: Buffer): Buffer => createHmac('sha256', key).update(body).digest();

/** Ids of 32 or 64 hex digits take half as many bytes and one, others their length and one. */
export function packId(id: string): Buffer {
  if (/^[0-9a-f]{32}$/.test(id)) return Buffer.concat([Buffer.from([255]), Buffer.from(id, 'hex')]);
  if (/^[0-9a-f]{64}$/.test(id)) return Buffer.concat([Buffer.from([254]), Buffer.from(id, 'hex')]);
  const text = Buffer.from(id, 'utf8');
  return Buffer.concat([Buffer.from([text.length]), text]);
}

/** The id that stands there, and where it ends. */
export function unpackId(body: Buffer, at: number): { readonly id: string; readonly end: number } {
  const length = body.readUInt8(at);
  const packed = length >= 254;
  const end = at + 1 + (packed ? (length === 255 ? 16 : 32) : length);
  return { id: body.subarray(at + 1, end).toString(packed ? 'hex' : 'utf8'), end };
}
/** Nothing at all for most tokens. */
const packDelegation = (delegation: DelegationRef | null): Buffer =>
  delegation
    ? Buffer.concat([Buffer.from([DELEGATIONS.indexOf(delegation.kind)]), packId(delegation.id)])
    : Buffer.alloc(0);

function unpack(body: Buffer): TokenPayload {
  let at = 19;
  const take = (length: number) => body.subarray(at, (at += length));
  const id = () => {
    const found = unpackId(body, at);
    at = found.end;
    return found.id;
  };
  const [userId, scopeId, appCredentialId] = [id(), id(), id()];
  const audits = body.readUInt8(at++);
  const auditIds = Array.from({ length: audits }, () => take(16).toString('base64url'));
  const kind = at < body.length ? DELEGATIONS[body.readUInt8(at++)] : undefined;
  return {
    userId,
    methods: unpackMethods(body.readUInt8(1)),
    scope: unpackScope(body.readUInt8(2), scopeId),
    issuedAt: body.readDoubleBE(3),
    expiresAt: body.readDoubleBE(11),
    auditIds,
    appCredentialId: appCredentialId === '' ? null : appCredentialId,
    delegation: kind === undefined ? null : { kind, id: id() },
  };
}

function unpackScope(place: number, id: string): TokenScope {
  const kind = SCOPES[place] ?? 'unscoped';
  return kind === 'project' || kind === 'domain' ? { kind, id } : { kind };
}
