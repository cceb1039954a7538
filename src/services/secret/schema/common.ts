import { Type, type Static } from 'typebox';

export const Text = Type.String({ maxLength: 255 });
export const OptionalText = Type.Optional(Type.Union([Text, Type.Null()]));
export const Ref = Type.String({ minLength: 1, maxLength: 2_048 });

/** Pages are counted, not marked: `limit` beyond 100 means 100. */
export const PAGING = {
  limit: Type.Optional(Type.Integer({ minimum: 0, maximum: 2_147_483_647 })),
  offset: Type.Optional(Type.Integer({ minimum: 0, maximum: 2_147_483_647 })),
};
export const PageQuery = Type.Object(PAGING);

export const SecretParams = Type.Object({ secret_id: Type.String() });
export const ContainerParams = Type.Object({ container_id: Type.String() });
export const OrderParams = Type.Object({ order_id: Type.String() });

const DEFAULT_LIMIT = 10;
const MAX_LIMIT = 100;

export const pageOf = ({ limit = DEFAULT_LIMIT, offset = 0 }: Static<typeof PageQuery>) => ({
  limit: Math.min(limit, MAX_LIMIT),
  offset,
});
