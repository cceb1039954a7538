import { isUtf8 } from 'node:buffer';
import { badRequest, CloudError } from '#kernel/errors.ts';
import type { SecretPayload } from '../port.ts';

export const MAX_PAYLOAD_BYTES = 20_000;
export const MAX_REQUEST_BYTES = 25_000;

const TEXT = 'text/plain';
export const CONTENT_TYPES = [
  TEXT,
  'application/octet-stream',
  'application/pkcs8',
  'application/pkix-cert',
] as const;

/** A payload as JSON carries it. */
export interface WrittenPayload {
  readonly text: string;
  readonly contentType: string | null;
  readonly encoding: string | null;
}

/** @throws CloudError `bad-request`, `too-large` */
export function readPayload({ text, contentType, encoding }: WrittenPayload): SecretPayload {
  const type = contentTypeOf(contentType);
  if (type === TEXT && encoding !== null)
    throw badRequest(`payload_content_encoding must not be specified when payload_content_type is ${TEXT}.`);
  if (type !== TEXT && encoding === null)
    throw badRequest(`payload_content_encoding must be specified when payload_content_type is ${type}.`);
  return bounded(type === TEXT ? Buffer.from(text) : fromBase64(text), type);
}

/** A payload as the body of a request. */
export function receivePayload(
  bytes: Buffer,
  contentType: string,
  encoding: string | undefined,
): SecretPayload {
  const type = contentTypeOf(contentType);
  if (encoding === undefined || encoding === 'identity') return bounded(bytes, type);
  if (encoding !== 'base64' || type === TEXT)
    throw badRequest(`The content encoding '${encoding}' is not supported for ${type}.`);
  return bounded(fromBase64(bytes.toString('latin1')), type);
}

function contentTypeOf(asked: string | null): string {
  if (asked === null)
    throw badRequest("If 'payload' is supplied, 'payload_content_type' must also be supplied.");
  const type = asked.split(';')[0]?.trim().toLowerCase();
  const known = CONTENT_TYPES.find((each) => each === type);
  if (known !== undefined && /^[^;]*(;\s*charset=utf-?8\s*)?$/i.test(asked)) return known;
  throw badRequest(
    `payload_content_type '${asked.slice(0, 100)}' is not one of ${CONTENT_TYPES.join(', ')}.`,
  );
}

function bounded(bytes: Buffer, contentType: string): SecretPayload {
  if (bytes.length === 0) throw badRequest("Invalid payload: if 'payload' specified, must be non empty.");
  if (bytes.length > MAX_PAYLOAD_BYTES) throw tooLarge();
  return { bytes, contentType };
}

export const tooLarge = (): CloudError =>
  new CloudError('too-large', `Payloads have at most ${MAX_PAYLOAD_BYTES} bytes.`);

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

function fromBase64(text: string): Buffer {
  const compact = text.replaceAll(/\s/g, '');
  if (compact.length % 4 === 0 && BASE64.test(compact)) return Buffer.from(compact, 'base64');
  throw badRequest('Invalid payload: it is not base64.');
}

/**
 * The type in which a payload is given: its own, or another that the header names (RFC 9110 §12.5.1), since Barbican's
 * command line stores text as bytes and asks for text. Bytes that are no text are never called so.
 * @throws CloudError `not-acceptable`
 */
export function acceptedType(accept: string | undefined, { bytes, contentType }: SecretPayload): string {
  const types = [contentType, ...CONTENT_TYPES.filter((type) => type !== TEXT || isUtf8(bytes))];
  const ranges = acceptedRanges(accept);
  const [kind] = contentType.split('/');
  if (ranges.includes('*/*') || ranges.includes(`${kind}/*`)) return contentType;
  const type = types.find((each) => ranges.includes(each));
  if (type !== undefined) return type;
  throw new CloudError('not-acceptable', `The payload's content type is ${contentType}.`);
}

const acceptedRanges = (accept = '*/*'): readonly string[] =>
  accept.split(',').flatMap((text) => {
    const [range = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
    return parameters.some((each) => /^q=0(\.0*)?$/.test(each)) ? [] : [range];
  });
