import { Type, type Static } from 'typebox';
import { Description, Id, Name, Nullable } from './common.ts';

/** -1 = as much as they want. */
const Amount = Type.Integer({ minimum: -1, maximum: 2_147_483_647 });
const Region = Type.Optional(Nullable(Type.String({ maxLength: 255 })));
const Resource = { service_id: Id, region_id: Region, resource_name: Name(255), description: Description };

const NewRegisteredLimit = Type.Object({ ...Resource, default_limit: Amount });
const NewLimit = Type.Object({
  ...Resource,
  resource_limit: Amount,
  project_id: Type.Optional(Nullable(Id)),
  domain_id: Type.Optional(Nullable(Id)),
});

export const CreateRegisteredLimits = Type.Object({
  registered_limits: Type.Array(NewRegisteredLimit, { minItems: 1, maxItems: 1_000 }),
});
export const UpdateRegisteredLimit = Type.Object({
  registered_limit: Type.Object({
    service_id: Type.Optional(Id),
    region_id: Region,
    resource_name: Type.Optional(Name(255)),
    description: Description,
    default_limit: Type.Optional(Amount),
  }),
});
export const CreateLimits = Type.Object({
  limits: Type.Array(NewLimit, { minItems: 1, maxItems: 1_000 }),
});
export const UpdateLimit = Type.Object({
  limit: Type.Object({ resource_limit: Type.Optional(Amount), description: Description }),
});

const Text = Type.Optional(Type.String());
export const ListRegisteredLimits = Type.Object({ service_id: Text, region_id: Text, resource_name: Text });
export const ListLimits = Type.Object({
  service_id: Text,
  region_id: Text,
  resource_name: Text,
  project_id: Text,
  domain_id: Text,
});

export type NewRegisteredLimit = Static<typeof NewRegisteredLimit>;
export type RegisteredLimitChange = Static<typeof UpdateRegisteredLimit>['registered_limit'];
export type NewLimit = Static<typeof NewLimit>;
export type LimitChange = Static<typeof UpdateLimit>['limit'];
