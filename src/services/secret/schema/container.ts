import { Type } from 'typebox';
import { CONTAINER_TYPES } from '../model/container.ts';
import { OptionalText, PAGING, Ref, Text } from './common.ts';

export const SecretRef = Type.Object({ name: OptionalText, secret_ref: Ref });

export const CreateContainer = Type.Object({
  name: OptionalText,
  type: Type.Union(CONTAINER_TYPES.map((type) => Type.Literal(type))),
  secret_refs: Type.Optional(Type.Union([Type.Array(SecretRef, { maxItems: 100 }), Type.Null()])),
});

export const ListContainers = Type.Object({
  ...PAGING,
  name: Type.Optional(Text),
  type: Type.Optional(Text),
});
