import { Type } from 'typebox';

export const EVENT_NUMBER = '^[0-9]{1,15}$';

export const FollowEvents = Type.Object(
  {
    after: Type.Optional(
      Type.String({
        pattern: EVENT_NUMBER,
        description: 'The last event that is known; the header Last-Event-ID goes before it.',
      }),
    ),
    all_projects: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
);
