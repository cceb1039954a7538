import { Type } from 'typebox';

const Acl = Type.Object(
  {
    users: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 255 }), { maxItems: 1_000 })),
    'project-access': Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
);

/** There is one operation to share: reading. */
export const SetAcl = Type.Object({ read: Acl }, { additionalProperties: false });

const Word = Type.String({ minLength: 1, maxLength: 255 });

export const SecretConsumer = Type.Object(
  { service: Word, resource_type: Word, resource_id: Word },
  { additionalProperties: false },
);
export const ContainerConsumer = Type.Object(
  { name: Word, URL: Type.String({ minLength: 1, maxLength: 500 }) },
  { additionalProperties: false },
);
