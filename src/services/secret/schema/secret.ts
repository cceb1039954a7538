import { Type } from 'typebox';
import { SECRET_TYPES } from '../model/secret.ts';
import { OptionalText, PAGING, Text } from './common.ts';

const SecretTypeName = Type.Union(SECRET_TYPES.map((type) => Type.Literal(type)));

export const CreateSecret = Type.Object({
  name: OptionalText,
  secret_type: Type.Optional(Type.Union([SecretTypeName, Type.Null()])),
  algorithm: OptionalText,
  mode: OptionalText,
  bit_length: Type.Optional(Type.Union([Type.Integer({ minimum: 0, maximum: 32_767 }), Type.Null()])),
  expiration: OptionalText,
  payload: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  payload_content_type: OptionalText,
  payload_content_encoding: Type.Optional(Type.Union([Type.Literal('base64'), Type.Null()])),
});

export const ListSecrets = Type.Object({
  ...PAGING,
  name: Type.Optional(Text),
  alg: Type.Optional(Text),
  mode: Type.Optional(Text),
  /** 0 = any. */
  bits: Type.Optional(Type.Integer({ minimum: 0, maximum: 32_767 })),
  secret_type: Type.Optional(Text),
  acl_only: Type.Optional(Text),
  /** `gt:2026-01-01T00:00:00,lte:2026-02-01`. */
  created: Type.Optional(Text),
  updated: Type.Optional(Text),
  expiration: Type.Optional(Text),
  /** `created:desc,name`. */
  sort: Type.Optional(Text),
});

const KEY = '^[A-Za-z0-9_.~-]{1,255}$';
const Value = Type.String({ maxLength: 16_384 });
const Note = { key: Type.String({ pattern: KEY }), value: Value };

export const PutMetadata = Type.Object({
  metadata: Type.Record(Type.String({ pattern: KEY }), Value, { additionalProperties: false }),
});
export const CreateNote = Type.Object(Note);
export const NoteParams = Type.Object({ secret_id: Type.String(), key: Type.String() });
