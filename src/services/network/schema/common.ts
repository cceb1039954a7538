import { Type, type Static, type TObject, type TProperties, type TSchema } from 'typebox';

export const Text = Type.String({ maxLength: 255 });
export const Name = Type.Union([Text, Type.Null()]);
export const Id = Type.String({ minLength: 1, maxLength: 255 });
export const Tags = Type.Array(Type.String({ minLength: 1, maxLength: 255, pattern: '^[^,/]+$' }), {
  maxItems: 50,
});

/** Clients send flags and numbers also as text: `coerce` makes them what they mean. */
export const Flag = Type.Unsafe<boolean>({
  title: 'flag',
  anyOf: [
    { type: 'boolean' },
    { type: 'string', pattern: '^([Tt]rue|[Ff]alse|TRUE|FALSE|[01])$' },
    { type: 'integer', minimum: 0, maximum: 1 },
  ],
});
export const Count = Type.Unsafe<number>({
  title: 'count',
  anyOf: [
    { type: 'integer', minimum: 0, maximum: 4_294_967_295 },
    { type: 'string', pattern: '^[0-9]{1,10}$' },
  ],
});

/** null counts as not said. */
export const OptionalCount = Type.Unsafe<number | null>({
  title: 'count',
  anyOf: [...(Count as unknown as { anyOf: TSchema[] }).anyOf, { type: 'null' }],
});

/** null = none. */
export const OptionalId = Type.Optional(Type.Union([Text, Type.Null()]));
export const ZoneHints = Type.Optional(Type.Array(Text, { maxItems: 10 }));

export const FixedIps = Type.Array(
  Type.Object(
    { subnet_id: Type.Optional(Id), ip_address: Type.Optional(Type.String()) },
    { additionalProperties: false },
  ),
  { maxItems: 40 },
);

export const Routes = Type.Array(
  Type.Object({ destination: Type.String(), nexthop: Type.String() }, { additionalProperties: false }),
  { maxItems: 30 },
);

/** What every object can be given when it is made. */
export const STANDARD = {
  name: Type.Optional(Name),
  description: Type.Optional(Name),
  project_id: Type.Optional(Text),
  tenant_id: Type.Optional(Text),
  tags: Type.Optional(Tags),
};
export const STANDARD_CHANGE = { name: Type.Optional(Name), description: Type.Optional(Name) };

export const attributes = <P extends TProperties>(properties: P): TObject<P> =>
  Type.Object(properties, { additionalProperties: false });

export type Attributes<S extends TSchema> = Static<S>;

/** The attributes with flags and numbers as such, and nulls that stand for "not said" left out. */
export function coerce<S extends TObject>(schema: S, body: Static<S>): Static<S> {
  const entries = Object.entries(body as Record<string, unknown>).map(([key, value]) => {
    const attribute: { readonly title?: string } | undefined = schema.properties[key];
    const kind = attribute?.title;
    if (kind === 'flag') return [key, value === true || value === 1 || /^(true|1)$/i.test(String(value))];
    if (kind === 'count' && value !== null) return [key, Number(value)];
    if (value === null && (key === 'name' || key === 'description')) return [key, ''];
    return [key, value];
  });
  return Object.fromEntries(entries) as Static<S>;
}
