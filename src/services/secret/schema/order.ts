import { Type } from 'typebox';
import { ORDER_TYPES } from '../model/order.ts';
import { OptionalText } from './common.ts';

const OptionalLongText = Type.Optional(Type.Union([Type.String({ maxLength: 20_000 }), Type.Null()]));

export const CreateOrder = Type.Object({
  type: Type.Union(ORDER_TYPES.map((type) => Type.Literal(type))),
  meta: Type.Object({
    name: OptionalText,
    algorithm: OptionalText,
    bit_length: Type.Optional(Type.Union([Type.Integer({ minimum: 1, maximum: 32_767 }), Type.Null()])),
    mode: OptionalText,
    payload_content_type: OptionalText,
    expiration: OptionalText,
    pass_phrase: OptionalText,
    request_type: OptionalText,
    request_data: OptionalLongText,
    container_ref: OptionalLongText,
    subject_dn: OptionalText,
  }),
});
