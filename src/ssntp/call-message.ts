import { Type, type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { badRequest, CloudError, type ErrorKind } from '#kernel/errors.ts';

const Head = Type.Object({
  /** Of the call, given by who asks. */
  id: Type.Integer({ minimum: 1 }),
  /** REQUEST, OPEN. */
  method: Type.Optional(Type.String()),
  /** REQUEST, OPEN, ANSWER. */
  body: Type.Optional(Type.Unknown()),
  /** OPEN, CREDIT: bytes that may be sent. */
  credit: Type.Optional(Type.Integer({ minimum: 0 })),
  /** FAILURE. */
  error: Type.Optional(
    Type.Object({
      kind: Type.String(),
      code: Type.String(),
      message: Type.String(),
      retryable: Type.Boolean(),
    }),
  ),
});
export type Head = Static<typeof Head>;
const head = Compile(Head);

/** Sends one message of the extension, as the payload of a frame. */
export type SendMessage = (operand: number, head: Head, bytes?: Uint8Array) => void;

const LENGTH = 4;

/** The length of the head, the head as JSON, then raw bytes. */
export function encodeMessage(head: Head, bytes: Uint8Array = new Uint8Array()): Uint8Array {
  const json = Buffer.from(JSON.stringify(head));
  const length = Buffer.alloc(LENGTH);
  length.writeUInt32BE(json.length);
  return Buffer.concat([length, json, bytes]);
}

/** @throws CloudError bad-request */
export function decodeMessage(payload: Uint8Array): { head: Head; bytes: Buffer } {
  const buffer = Buffer.from(payload.buffer, payload.byteOffset, payload.length);
  const end = buffer.length < LENGTH ? Infinity : LENGTH + buffer.readUInt32BE();
  if (end > buffer.length) throw badRequest('A message of the SSNTP extension is cut short.');
  const value = parseJson(buffer.toString('utf8', LENGTH, end));
  if (!head.Check(value)) throw badRequest('A message of the SSNTP extension has a wrong head.');
  return { head: value, bytes: buffer.subarray(end) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw badRequest('A message of the SSNTP extension is not JSON.', { cause });
  }
}

/** What of an error goes on the wire: not its detail, nor its cause. */
export const errorHead = ({ kind, code, message, retryable }: CloudError): NonNullable<Head['error']> => ({
  kind,
  code,
  message,
  retryable,
});

const KINDS: Readonly<Record<ErrorKind, true>> = {
  'bad-request': true,
  unauthenticated: true,
  forbidden: true,
  'not-found': true,
  'method-not-allowed': true,
  conflict: true,
  'precondition-failed': true,
  quota: true,
  'too-large': true,
  'not-acceptable': true,
  'range-not-satisfiable': true,
  'unsupported-media-type': true,
  'unsupported-version': true,
  'not-implemented': true,
  unavailable: true,
  internal: true,
};

/** The peer's error as it was thrown there. A kind that we do not know, from a later version, becomes internal. */
export function remoteError(error: Head['error']): CloudError {
  if (!error) return new CloudError('internal', 'The peer failed without a reason.');
  const kind = Object.hasOwn(KINDS, error.kind) ? (error.kind as ErrorKind) : 'internal';
  return new CloudError(kind, error.message, { code: error.code, retryable: error.retryable });
}
