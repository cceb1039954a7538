import { Type } from 'typebox';

export const NameParams = Type.Object({ name: Type.String({ maxLength: 255 }) });

export const ListTraits = Type.Object(
  {
    name: Type.Optional(Type.String({ pattern: '^(in|startswith):', maxLength: 2000 })),
    associated: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
);
