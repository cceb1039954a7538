import { Type, type Static, type TObject, type TSchema } from 'typebox';

export const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
export const Name = (maxLength: number) => Type.String({ minLength: 1, maxLength, pattern: '\\S' });
export const Id = Type.String({ minLength: 1, maxLength: 64, pattern: '^[a-zA-Z0-9-]+$' });
export const Description = Type.Optional(Nullable(Type.String({ maxLength: 65_535 })));
/** `limit` and `marker`, for the query of a list that is paged. */
export const Paging = {
  limit: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000 })),
  marker: Type.Optional(Type.String()),
};
export const Options = Type.Optional(Type.Object({ immutable: Type.Optional(Nullable(Type.Boolean())) }));

/** Attributes of the caller's own, which Keystone keeps and shows without knowing them. */
export type Extra = Readonly<Record<string, unknown>>;

/** A body with what its schema does not name put apart, so that no such key is ever taken for one of ours. */
export function separateExtra<T extends TObject>(schema: T, body: object): Static<T> & { extra: Extra } {
  const { known = [], extra = [] } = Object.groupBy(Object.entries(body), ([key]) =>
    Object.hasOwn(schema.properties, key) ? 'known' : 'extra',
  );
  return { ...(Object.fromEntries(known) as Static<T> & object), extra: Object.fromEntries(extra) };
}

/** The keys of an object without those that are undefined: what exact optional properties want. */
export const defined = <T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
