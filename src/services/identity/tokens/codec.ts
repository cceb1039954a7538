import { createHmac, createSecretKey, timingSafeEqual, type KeyObject } from 'node:crypto';

/** What a token says by itself; roles are computed when it is checked. */
export interface TokenPayload {
  readonly userId: string;
  readonly methods: readonly AuthMethod[];
  readonly scope: TokenScope;
  /** Milliseconds since 1970. */
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** Own id first, then that of the token it was made from. Base64url of 16 bytes. */
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

const DELEGATIONS = ['trust', 'oauth1'] as const;
const SCOPES = ['unscoped', 'project', 'domain', 'system'] as const;
const VERSION = 1;
const SIGNATURE = 32;

/**
 * Tokens as self-contained, signed, URL-safe text of at most 255 characters (what Fernet tokens are upstream): a compact
 * binary form and HMAC-SHA256 over it. The first key signs; all keys verify, so keys rotate without logging anyone out.
 */
export class TokenCodec {
  readonly #keys: readonly KeyObject[];

  constructor(keys: readonly Buffer[]) {
    if (keys.length === 0) throw new Error('Tokens need at least one key.');
    this.#keys = keys.map((key) => createSecretKey(key));
  }

  encode(payload: TokenPayload): string {
    const head = Buffer.alloc(19);
    head.writeUInt8(VERSION, 0);
    head.writeUInt8(
      payload.methods.reduce((bits, method) => bits | (1 << AUTH_METHODS.indexOf(method)), 0),
      1,
    );
    head.writeUInt8(SCOPES.indexOf(payload.scope.kind), 2);
    head.writeDoubleBE(payload.issuedAt, 3);
    head.writeDoubleBE(payload.expiresAt, 11);
    const scopeId = 'id' in payload.scope ? payload.scope.id : '';
    const ids = [payload.userId, scopeId, payload.appCredentialId ?? ''].map(packId);
    const audits = payload.auditIds.map((id) => Buffer.from(id, 'base64url'));
    const delegation = packDelegation(payload.delegation);
    const body = Buffer.concat([head, ...ids, Buffer.from([audits.length]), ...audits, delegation]);
    return Buffer.concat([body, sign(this.#keys[0] as KeyObject, body)]).toString('base64url');
  }

  /** @returns undefined for what none of the keys signed. Expiry is the caller's to check. */
  decode(token: string): TokenPayload | undefined {
    if (token.length > 255 || !/^[\w-]+$/.test(token)) return undefined;
    const bytes = Buffer.from(token, 'base64url');
    if (bytes.length < 19 + SIGNATURE || bytes[0] !== VERSION) return undefined;
    const body = bytes.subarray(0, -SIGNATURE);
    const signature = bytes.subarray(-SIGNATURE);
    if (!this.#keys.some((key) => timingSafeEqual(sign(key, body), signature))) return undefined;
    return unpack(body);
  }
}

const sign = (key: KeyObject, body: Buffer): Buffer => createHmac('sha256', key).update(body).digest();

/** Ids of 32 hex digits take 17 bytes, others their length and one. */
function packId(id: string): Buffer {
  if (/^[0-9a-f]{32}$/.test(id)) return Buffer.concat([Buffer.from([255]), Buffer.from(id, 'hex')]);
  const text = Buffer.from(id, 'utf8');
  return Buffer.concat([Buffer.from([text.length]), text]);
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
    const length = body.readUInt8(at++);
    return length === 255 ? take(16).toString('hex') : take(length).toString('utf8');
  };
  const [userId, scopeId, appCredentialId] = [id(), id(), id()];
  const audits = body.readUInt8(at++);
  const bits = body.readUInt8(1);
  const auditIds = Array.from({ length: audits }, () => take(16).toString('base64url'));
  const kind = at < body.length ? DELEGATIONS[body.readUInt8(at++)] : undefined;
  return {
    userId,
    methods: AUTH_METHODS.filter((_, place) => (bits & (1 << place)) !== 0),
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
