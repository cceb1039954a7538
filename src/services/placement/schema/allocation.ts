import { Type } from 'typebox';

export const ConsumerParams = Type.Object({ consumer_uuid: Type.String({ maxLength: 255 }) });

export const ListUsages = Type.Object(
  {
    project_id: Type.String({ minLength: 1, maxLength: 255 }),
    user_id: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
  },
  { additionalProperties: false },
);

export const ListCandidates = Type.Object(
  {
    resources: Type.String({ minLength: 1, maxLength: 1000 }),
    limit: Type.Optional(Type.Integer({ minimum: 1 })),
  },
  { additionalProperties: false },
);
