import { Type, type Static, type TProperties } from 'typebox';
import { parseSort, type PageRequest } from '#kernel/paging.ts';

const name = (maxLength = 80) => Type.String({ minLength: 1, maxLength });
const nullableText = (maxLength: number) => Type.Union([Type.String({ maxLength }), Type.Null()]);

/** What a JSON Schema may say of one property. */
const propertyFields = {
  title: name(255),
  type: Type.Union([
    Type.Literal('string'),
    Type.Literal('integer'),
    Type.Literal('number'),
    Type.Literal('boolean'),
    Type.Literal('array'),
    Type.Literal('object'),
  ]),
  description: Type.Optional(Type.String({ maxLength: 65_535 })),
  operators: Type.Optional(Type.Array(Type.String())),
  enum: Type.Optional(Type.Array(Type.Unknown())),
  default: Type.Optional(Type.Unknown()),
  readonly: Type.Optional(Type.Boolean()),
  minimum: Type.Optional(Type.Number()),
  maximum: Type.Optional(Type.Number()),
  minLength: Type.Optional(Type.Integer({ minimum: 0 })),
  maxLength: Type.Optional(Type.Integer({ minimum: 0 })),
  pattern: Type.Optional(Type.String()),
  items: Type.Optional(Type.Object({})),
  uniqueItems: Type.Optional(Type.Boolean()),
  minItems: Type.Optional(Type.Integer({ minimum: 0 })),
  maxItems: Type.Optional(Type.Integer({ minimum: 0 })),
  additionalItems: Type.Optional(Type.Boolean()),
};
/** Clients send back what they were shown. */
const shown = {
  created_at: Type.Optional(Type.Unknown()),
  updated_at: Type.Optional(Type.Unknown()),
  self: Type.Optional(Type.Unknown()),
  schema: Type.Optional(Type.Unknown()),
};
const closed = <P extends TProperties>(fields: P) => Type.Object(fields, { additionalProperties: false });

const property = closed(propertyFields);
export const MetadefProperty = closed({ name: name(), ...propertyFields, ...shown });
export const MetadefObject = closed({
  name: name(),
  description: Type.Optional(nullableText(65_535)),
  required: Type.Optional(Type.Array(name())),
  properties: Type.Optional(Type.Record(Type.String(), property)),
  ...shown,
});
export const MetadefTag = closed({ name: name(), ...shown });
export const MetadefTags = Type.Object({ tags: Type.Array(MetadefTag, { maxItems: 1000 }) });
export const MetadefAssociation = closed({
  name: name(),
  prefix: Type.Optional(nullableText(80)),
  properties_target: Type.Optional(nullableText(80)),
  ...shown,
});

const namespaceFields = {
  namespace: name(),
  display_name: Type.Optional(nullableText(80)),
  description: Type.Optional(nullableText(500)),
  visibility: Type.Optional(Type.Union([Type.Literal('public'), Type.Literal('private')])),
  protected: Type.Optional(Type.Boolean()),
  owner: Type.Optional(name(255)),
  ...shown,
};
export const CreateNamespace = closed({
  ...namespaceFields,
  resource_type_associations: Type.Optional(Type.Array(MetadefAssociation)),
  objects: Type.Optional(Type.Array(MetadefObject)),
  properties: Type.Optional(Type.Record(Type.String(), property)),
  tags: Type.Optional(Type.Array(MetadefTag)),
});
/** What is in a namespace is changed by itself; clients send it all the same. */
export const UpdateNamespace = Type.Object(namespaceFields);
export type CreateNamespaceBody = Static<typeof CreateNamespace>;
export type UpdateNamespaceBody = Static<typeof UpdateNamespace>;

const segment = Type.String({ maxLength: 255 });
export const NamespaceParams = Type.Object({ namespace: segment });
export const ItemParams = Type.Object({ namespace: segment, name: segment });

const pageFields = {
  limit: Type.Optional(Type.Integer({ minimum: 0 })),
  marker: Type.Optional(Type.String()),
  sort_key: Type.Optional(Type.String()),
  sort_dir: Type.Optional(Type.String()),
};
export const ListItems = Type.Object(pageFields);
export const ListNamespaces = Type.Object({
  ...pageFields,
  resource_types: Type.Optional(Type.String()),
  visibility: Type.Optional(Type.Union([Type.Literal('public'), Type.Literal('private')])),
});
export const ForResourceType = Type.Object({ resource_type: Type.Optional(Type.String()) });

const DEFAULT_PAGE = 25;
const MAX_PAGE = 1000;

export const parsePage = (
  query: Static<typeof ListItems>,
  columns: Readonly<Record<string, string>>,
): PageRequest => ({
  limit: Math.min(query.limit ?? DEFAULT_PAGE, MAX_PAGE),
  marker: query.marker ?? null,
  sort: parseSort([{ key: query.sort_key ?? 'created_at', direction: query.sort_dir ?? 'desc' }], columns),
});
