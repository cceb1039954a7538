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
    resource: Type.Optional(
      Type.String({
        pattern: '^([a-z-]{1,64}:)?[0-9A-Za-z_.-]{1,255}$',
        description:
          'What happens to one resource, by its id, or by what it is and its id: `container:<id>`.',
      }),
    ),
    type: Type.Optional(
      Type.String({
        pattern: '^[a-z0-9_.-]{1,255}$',
        description: 'Events of this type, or of all that begin with it and a dot: `container.capsule`.',
      }),
    ),
  },
  { additionalProperties: false },
);
