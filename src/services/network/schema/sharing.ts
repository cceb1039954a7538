import { Type } from 'typebox';
import { EXTERNAL, SHARED, SHARED_TYPES, type SharedType } from '../model/sharing.ts';
import { attributes, Id, Text, type Attributes } from './common.ts';

const Target = Type.String({ minLength: 1, maxLength: 255 });

export const CreateRbac = attributes({
  object_type: Type.Unsafe<SharedType>(Type.Union(SHARED_TYPES.map((type) => Type.Literal(type)))),
  object_id: Id,
  action: Type.Union([Type.Literal(SHARED), Type.Literal(EXTERNAL)]),
  target_tenant: Type.Optional(Target),
  target_project_id: Type.Optional(Target),
  project_id: Type.Optional(Text),
  tenant_id: Type.Optional(Text),
});
export const UpdateRbac = attributes({
  target_tenant: Type.Optional(Target),
  target_project_id: Type.Optional(Target),
});

export type CreateRbacBody = Attributes<typeof CreateRbac>;
export type UpdateRbacBody = Attributes<typeof UpdateRbac>;
