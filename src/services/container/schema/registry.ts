import { Type, type Static } from 'typebox';
import { Name, PageQuery, STRICT } from './common.ts';

const Text = Type.String({ minLength: 1, maxLength: 255 });
const Fields = {
  name: Type.Optional(Name),
  username: Type.Optional(Text),
  password: Type.Optional(Type.String({ minLength: 1, maxLength: 4096 })),
};

export const CreateRegistry = Type.Object(
  { registry: Type.Object({ ...Fields, domain: Text }, STRICT) },
  STRICT,
);

export const UpdateRegistry = Type.Object(
  { registry: Type.Object({ ...Fields, domain: Type.Optional(Text) }, STRICT) },
  STRICT,
);

export const ListRegistries = Type.Object(
  {
    ...PageQuery,
    name: Type.Optional(Type.String()),
    domain: Type.Optional(Type.String()),
    username: Type.Optional(Type.String()),
    project_id: Type.Optional(Type.String()),
    user_id: Type.Optional(Type.String()),
  },
  STRICT,
);

export const RegistryParams = Type.Object({ registry: Type.String() });

export type CreateRegistryBody = Static<typeof CreateRegistry>['registry'];
export type UpdateRegistryBody = Static<typeof UpdateRegistry>['registry'];
export type ListRegistriesQuery = Static<typeof ListRegistries>;
