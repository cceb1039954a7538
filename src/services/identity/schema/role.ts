import { Type } from 'typebox';
import { Description, Id, Name, Nullable, Options, Paging } from './common.ts';

export const CreateRole = Type.Object({
  name: Name(255),
  domain_id: Type.Optional(Nullable(Id)),
  description: Description,
  options: Options,
});
export const UpdateRole = Type.Object({
  name: Type.Optional(Name(255)),
  description: Description,
  options: Options,
});
export const ListRoles = Type.Object({
  name: Type.Optional(Type.String()),
  domain_id: Type.Optional(Type.String()),
});

const Text = Type.Optional(Type.String());
/** Flags are set by their presence, as in `?effective`. */
export const ListAssignments = Type.Object({
  'user.id': Text,
  'group.id': Text,
  'role.id': Text,
  'scope.project.id': Text,
  'scope.domain.id': Text,
  'scope.system': Text,
  'scope.OS-INHERIT:inherited_to': Text,
  effective: Text,
  include_names: Text,
  include_subtree: Text,
  ...Paging,
});
