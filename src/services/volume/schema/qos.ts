import { Type, type Static } from 'typebox';
import { FlagText } from './common.ts';

const Key = Type.String({ minLength: 1, maxLength: 255, pattern: '^[a-zA-Z0-9_\\-:. ]{1,255}$' });
const Consumer = Type.Union([Type.Literal('front-end'), Type.Literal('back-end'), Type.Literal('both')]);
const Value = Type.Union([Type.String({ maxLength: 255 }), Type.Integer(), Type.Number()]);

/** Specs stand beside the name: whatever is not known is one. */
export const CreateQos = Type.Object({
  qos_specs: Type.Intersect([
    Type.Object({
      name: Type.String({ minLength: 1, maxLength: 255 }),
      consumer: Type.Optional(Consumer),
    }),
    Type.Record(Key, Value),
  ]),
});

export const UpdateQos = Type.Object({ qos_specs: Type.Record(Key, Value, { minProperties: 1 }) });
export type QosKeys = Static<typeof UpdateQos>['qos_specs'];

export const DeleteQosKeys = Type.Object({ keys: Type.Array(Key, { minItems: 1, maxItems: 100 }) });
export const QosParams = Type.Object({ qos: Type.String() });
export const QosTypeQuery = Type.Object({ vol_type_id: Type.String({ minLength: 1, maxLength: 255 }) });
export const DeleteQosQuery = Type.Object({ force: FlagText });
