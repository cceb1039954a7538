import { Type, type Static } from 'typebox';

const Id = Type.String();

export const ProjectParams = Type.Object({ tenant_id: Id });
export const NameParams = Type.Object({ tenant_id: Id, stack_name: Id });
export const StackParams = Type.Object({ tenant_id: Id, stack_name: Id, stack_id: Id });
export const ResourceParams = Type.Object({
  tenant_id: Id,
  stack_name: Id,
  stack_id: Id,
  resource_name: Id,
});

/** Flags in query strings: Heat's own words for true and false. */
export const FlagText = Type.Optional(Type.String({ maxLength: 5 }));

/** Flags in bodies, which old clients write as texts. */
export const Flag = Type.Union([Type.Boolean(), Type.String({ maxLength: 5 })]);

export const isTrue = (value: Static<typeof Flag> | undefined): boolean =>
  value !== undefined && /^(1|t|true|on|y|yes)$/i.test(String(value));

/** A word once, or several times. */
export const Words = Type.Optional(
  Type.Union([Type.Array(Type.String({ maxLength: 255 })), Type.String({ maxLength: 255 })]),
);

export const wordsOf = (given: Static<typeof Words> | undefined): readonly string[] | undefined =>
  given === undefined ? undefined : Array.isArray(given) ? given : [given as string];

export const Limit = Type.Optional(Type.Integer({ minimum: 0, maximum: 2_147_483_647 }));
export const Marker = Type.Optional(Type.String({ maxLength: 255 }));
export const Depth = Type.Optional(Type.Integer({ minimum: 0, maximum: 2_147_483_647 }));
