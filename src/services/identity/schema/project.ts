import { Type } from 'typebox';
import { Description, Id, Name, Nullable, Options, Paging } from './common.ts';

const Tags = Type.Array(Type.String({ minLength: 1, maxLength: 255, pattern: '^[^,/]+$' }), {
  maxItems: 80,
  uniqueItems: true,
});

const Writable = {
  description: Description,
  enabled: Type.Optional(Type.Boolean()),
  tags: Type.Optional(Tags),
  options: Options,
};

/** Keystone takes keys it does not know; they are passed over. */
export const CreateProject = Type.Object({
  name: Name(64),
  ...Writable,
  domain_id: Type.Optional(Nullable(Id)),
  parent_id: Type.Optional(Nullable(Id)),
  is_domain: Type.Optional(Type.Boolean()),
});
export const UpdateProject = Type.Object({ name: Type.Optional(Name(64)), ...Writable });
export const CreateDomain = Type.Object({ name: Name(64), ...Writable });
export const SetTags = Type.Object({ tags: Tags });

export const ListProjects = Type.Object({
  domain_id: Type.Optional(Type.String()),
  parent_id: Type.Optional(Type.String()),
  name: Type.Optional(Type.String()),
  enabled: Type.Optional(Type.Boolean()),
  is_domain: Type.Optional(Type.Boolean()),
  tags: Type.Optional(Type.String()),
  'tags-any': Type.Optional(Type.String()),
  'not-tags': Type.Optional(Type.String()),
  'not-tags-any': Type.Optional(Type.String()),
  ...Paging,
});
/** Flags are set by their presence. */
export const ShowProject = Type.Object({
  parents_as_list: Type.Optional(Type.String()),
  parents_as_ids: Type.Optional(Type.String()),
  subtree_as_list: Type.Optional(Type.String()),
  subtree_as_ids: Type.Optional(Type.String()),
  include_limits: Type.Optional(Type.String()),
});
export const ListDomains = Type.Object({
  name: Type.Optional(Type.String()),
  enabled: Type.Optional(Type.Boolean()),
  ...Paging,
});
