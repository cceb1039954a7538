import { Type, type Static } from 'typebox';
import { Flag, FlagText, Limit, Marker, Words } from './common.ts';

const orNull = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) =>
  Type.Optional(Type.Union([schema, Type.Null()]));

const TextOrMap = Type.Union([Type.String(), Type.Record(Type.String(), Type.Unknown())]);

/** Of what a stack is made: the part that creating, changing, previewing and validating share. */
const RECIPE = {
  template: orNull(TextOrMap),
  template_url: orNull(Type.String()),
  files: orNull(Type.Record(Type.String(), Type.Unknown())),
  files_container: orNull(Type.String()),
  environment: orNull(TextOrMap),
  environment_files: orNull(Type.Array(Type.String())),
  parameters: orNull(Type.Record(Type.String(), Type.Unknown())),
};

const WAYS = {
  disable_rollback: orNull(Flag),
  timeout_mins: orNull(Type.Union([Type.Integer(), Type.String({ maxLength: 10 })])),
  tags: orNull(Type.Union([Type.String(), Type.Array(Type.String())])),
};

export const RecipeBody = Type.Object(RECIPE);

export const CreateStack = Type.Object({
  stack_name: Type.String(),
  ...RECIPE,
  ...WAYS,
  adopt_stack_data: orNull(TextOrMap),
});

export const UpdateStack = Type.Object({
  ...RECIPE,
  ...WAYS,
  clear_parameters: orNull(Type.Array(Type.String())),
  converge: orNull(Flag),
});

export type RecipeFields = Static<typeof RecipeBody>;
export type StackFields = Static<typeof UpdateStack>;

export const ListStacks = Type.Object({
  id: Words,
  name: Words,
  status: Words,
  action: Words,
  tenant: Words,
  username: Words,
  owner_id: Words,
  tags: Words,
  tags_any: Words,
  not_tags: Words,
  not_tags_any: Words,
  show_deleted: FlagText,
  show_nested: FlagText,
  show_hidden: FlagText,
  global_tenant: FlagText,
  with_count: FlagText,
  limit: Limit,
  marker: Marker,
  sort_keys: Words,
  sort_dir: Type.Optional(Type.String({ maxLength: 255 })),
});

/** Clients that are sent on to a stack's place say it there once more. */
export const ShowStack = Type.Object({ resolve_outputs: Words });

export const PreviewQuery = Type.Object({ show_nested: FlagText });

export const ValidateQuery = Type.Object({
  ignore_errors: Type.Optional(Type.String({ maxLength: 255 })),
  show_nested: FlagText,
});
