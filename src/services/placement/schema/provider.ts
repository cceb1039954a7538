import { Type } from 'typebox';

export const ProviderParams = Type.Object({ uuid: Type.String({ maxLength: 255 }) });
export const InventoryParams = Type.Object({
  uuid: Type.String({ maxLength: 255 }),
  resource_class: Type.String({ maxLength: 255 }),
});

/** Filters that need what we do not have (aggregates, trees) are refused by name. */
export const ListProviders = Type.Object(
  {
    name: Type.Optional(Type.String({ maxLength: 200 })),
    uuid: Type.Optional(Type.String({ format: 'uuid' })),
    resources: Type.Optional(Type.String({ maxLength: 1000 })),
  },
  { additionalProperties: false },
);
