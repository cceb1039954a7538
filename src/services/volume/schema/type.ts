import { Type, type Static } from 'typebox';
import { Flag, Text } from './common.ts';

export const ExtraSpecs = Type.Record(
  Type.String({ minLength: 1, maxLength: 255, pattern: '^[a-zA-Z0-9_\\-:. ]{1,255}$' }),
  Type.String({ maxLength: 255 }),
);

export const CreateType = Type.Object({
  volume_type: Type.Object({
    name: Type.String({ minLength: 1, maxLength: 255 }),
    description: Type.Optional(Text),
    extra_specs: Type.Optional(Type.Union([ExtraSpecs, Type.Null()])),
    'os-volume-type-access:is_public': Type.Optional(Flag),
  }),
});

export const UpdateType = Type.Object({
  volume_type: Type.Object({
    name: Type.Optional(Type.Union([Type.String({ maxLength: 255 }), Type.Null()])),
    description: Type.Optional(Text),
    is_public: Type.Optional(Type.Union([Flag, Type.Null()])),
  }),
});
export type UpdateTypeBody = Static<typeof UpdateType>['volume_type'];

export const ListTypes = Type.Object({
  is_public: Type.Optional(Type.String({ maxLength: 5 })),
  limit: Type.Optional(Type.Integer({ minimum: 0 })),
  marker: Type.Optional(Type.String({ maxLength: 255 })),
  offset: Type.Optional(Type.Integer({ minimum: 0 })),
});

export const WrappedSpecs = Type.Object({ extra_specs: ExtraSpecs });
export const SpecParams = Type.Object({ type: Type.String(), key: Type.String() });
