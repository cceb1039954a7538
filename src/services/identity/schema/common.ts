import { Type, type TSchema } from 'typebox';

export const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
export const Name = (maxLength: number) => Type.String({ minLength: 1, maxLength, pattern: '\\S' });
export const Id = Type.String({ minLength: 1, maxLength: 64, pattern: '^[a-zA-Z0-9-]+$' });
export const Description = Type.Optional(Nullable(Type.String({ maxLength: 65_535 })));
export const Options = Type.Optional(Type.Object({ immutable: Type.Optional(Nullable(Type.Boolean())) }));

/** The keys of an object without those that are undefined: what exact optional properties want. */
export const defined = <T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
