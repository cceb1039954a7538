import { Type } from 'typebox';

const Limit = Type.Optional(Type.Union([Type.Integer({ minimum: -1, maximum: 2_147_483_647 }), Type.Null()]));

export const SetQuota = Type.Object({
  project_quotas: Type.Object(
    { secrets: Limit, orders: Limit, containers: Limit, consumers: Limit, cas: Limit },
    { additionalProperties: false },
  ),
});
export const QuotaParams = Type.Object({ project_id: Type.String() });
export const StoreParams = Type.Object({ secret_store_id: Type.String() });
export const TransportKeyParams = Type.Object({ transport_key_id: Type.String() });
