import { badRequest } from '#kernel/errors.ts';

export const ORDER_TYPES = ['key', 'asymmetric', 'certificate'] as const;
export type OrderType = (typeof ORDER_TYPES)[number];
export type OrderStatus = 'PENDING' | 'ACTIVE' | 'ERROR';

/** What is ordered, in the upstream's words. The passphrase of a pair of keys is never among them. */
export interface OrderMeta {
  readonly name?: string;
  readonly algorithm?: string;
  readonly bit_length?: number;
  readonly mode?: string;
  readonly payload_content_type?: string;
  readonly expiration?: string;
  readonly request_type?: string;
  readonly request_data?: string;
  readonly container_ref?: string;
  readonly subject_dn?: string;
}

export interface Order {
  readonly id: string;
  readonly projectId: string;
  readonly creatorId: string;
  readonly type: OrderType;
  readonly meta: OrderMeta;
  readonly sealedPassphrase: string | null;
  readonly status: OrderStatus;
  readonly error: { readonly status: string; readonly reason: string } | null;
  readonly secretId: string | null;
  readonly containerId: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** What a task works on: one order at a time. */
export const orderTarget = (id: string): string => `secret-order:${id}`;
export const passphraseOf = ({ id }: Pick<Order, 'id'>): string => `order/${id}`;

const HMAC_BITS = Array.from({ length: 505 }, (_, index) => 64 + index * 8);
const KEY_BITS: Readonly<Record<string, readonly number[]>> = {
  // 512 bits are two keys of 256, as XTS takes them.
  aes: [128, 192, 256, 512],
  des: [64],
  '3des': [128, 192],
  desede: [128, 192],
  hmacsha1: HMAC_BITS,
  hmacsha256: HMAC_BITS,
  hmacsha384: HMAC_BITS,
  hmacsha512: HMAC_BITS,
};
const PAIR_BITS: Readonly<Record<string, readonly number[]>> = {
  rsa: [1024, 2048, 3072, 4096],
  ec: [256, 384, 521],
};

/** @throws CloudError `bad-request` for what can never be made. */
export function assertMakeable(type: OrderType, meta: OrderMeta): void {
  if (type === 'certificate') return assertCertificate(meta);
  assertKey(type === 'key' ? KEY_BITS : PAIR_BITS, meta);
  const { payload_content_type: contentType = 'application/octet-stream' } = meta;
  if (contentType !== 'application/octet-stream')
    throw badRequest("'payload_content_type' of an order must be application/octet-stream.");
}

function assertKey(bits: typeof KEY_BITS, { algorithm, bit_length: length }: OrderMeta): void {
  const name = algorithm?.toLowerCase() ?? '';
  const lengths = Object.hasOwn(bits, name) ? bits[name] : undefined;
  if (!lengths) throw badRequest(`'algorithm' must be one of ${Object.keys(bits).join(', ')}.`);
  if (length === undefined || !lengths.includes(length))
    throw badRequest(`'bit_length' ${length ?? ''} is not one that ${name} has.`);
}

/** The two kinds of request that need nobody to look at them. */
export const requestTypeOf = (meta: OrderMeta): string =>
  meta.request_type ?? (meta.container_ref === undefined ? 'simple-cmc' : 'stored-key');

function assertCertificate(meta: OrderMeta): void {
  const type = requestTypeOf(meta);
  const needed: Readonly<Record<string, readonly (keyof OrderMeta)[]>> = {
    'simple-cmc': ['request_data'],
    'stored-key': ['container_ref', 'subject_dn'],
  };
  const fields = Object.hasOwn(needed, type) ? needed[type] : undefined;
  if (!fields) throw badRequest(`'request_type' must be simple-cmc or stored-key, not '${type}'.`);
  const missing = fields.filter((field) => !meta[field]);
  if (missing.length > 0) throw badRequest(`A request of type ${type} needs ${missing.join(' and ')}.`);
}
