import { Type, type Static } from 'typebox';

const Name = Type.String({ minLength: 1, maxLength: 64, pattern: '\\S' });
const Tags = Type.Array(Type.String({ minLength: 1, maxLength: 255, pattern: '^[^,/]+$' }), {
  maxItems: 80,
  uniqueItems: true,
});
const Options = Type.Object(
  { immutable: Type.Optional(Type.Union([Type.Boolean(), Type.Null()])) },
  { additionalProperties: false },
);
const Id = Type.String({ minLength: 1, maxLength: 64, pattern: '^[a-zA-Z0-9-]+$' });

/** Keystone keeps keys it does not know; we refuse none and store none. */
export const CreateProject = Type.Object({
  project: Type.Object({
    name: Name,
    description: Type.Optional(Type.Union([Type.String(), Type.Null()])),
    domain_id: Type.Optional(Type.Union([Id, Type.Null()])),
    parent_id: Type.Optional(Type.Union([Id, Type.Null()])),
    enabled: Type.Optional(Type.Boolean()),
    is_domain: Type.Optional(Type.Boolean()),
    tags: Type.Optional(Tags),
    options: Type.Optional(Options),
  }),
});

export const UpdateProject = Type.Object({
  project: Type.Object(
    {
      name: Type.Optional(Name),
      description: Type.Optional(Type.Union([Type.String(), Type.Null()])),
      enabled: Type.Optional(Type.Boolean()),
      tags: Type.Optional(Tags),
      options: Type.Optional(Options),
    },
    { minProperties: 1 },
  ),
});

export const ListProjects = Type.Object({
  domain_id: Type.Optional(Type.String()),
  parent_id: Type.Optional(Type.String()),
  name: Type.Optional(Type.String()),
  enabled: Type.Optional(Type.Boolean()),
  is_domain: Type.Optional(Type.Boolean()),
});

export const ProjectParams = Type.Object({ project_id: Type.String() });

export type CreateProjectBody = Static<typeof CreateProject>['project'];
export type UpdateProjectBody = Static<typeof UpdateProject>['project'];
