import { Type, type TSchema } from 'typebox';
import {
  CreateNamespace,
  MetadefAssociation,
  MetadefObject,
  MetadefProperty,
  MetadefTag,
} from '../schema/metadef.ts';

interface ObjectSchema {
  readonly properties: Readonly<Record<string, unknown>>;
  readonly required?: readonly string[];
}

/** Our own schema of the wire, as Glance serves it: clients make their classes of it. */
function document(name: string, schema: TSchema): object {
  const { properties, required = [] } = plain(schema);
  return { name, properties, required, additionalProperties: false };
}

/** The same for a page of them. `properties` is by name, not a list. */
function collection(name: string, schema: TSchema, links = true): object {
  const item = plain(schema);
  const items =
    name === 'properties'
      ? { type: 'object', additionalProperties: { type: 'object', ...item } }
      : { type: 'array', items: { type: 'object', ...item } };
  const paging = { first: { type: 'string' }, next: { type: 'string' }, schema: { type: 'string' } };
  return {
    name,
    properties: { [name]: items, ...(links ? paging : {}) },
    ...(links
      ? {
          links: [
            { rel: 'first', href: '{first}' },
            { rel: 'next', href: '{next}' },
            { rel: 'describedby', href: '{schema}' },
          ],
        }
      : {}),
  };
}

const plain = (schema: TSchema): ObjectSchema => JSON.parse(JSON.stringify(schema)) as ObjectSchema;
const property = Type.Omit(MetadefProperty, ['created_at', 'updated_at', 'self', 'schema']);

/** By what stands after `/v2/schemas/metadefs/`. */
export const metadefSchemas: Readonly<Record<string, object>> = {
  namespace: document('namespace', CreateNamespace),
  namespaces: collection('namespaces', CreateNamespace),
  object: document('object', MetadefObject),
  objects: collection('objects', MetadefObject),
  property: document('property', property),
  properties: collection('properties', property),
  tag: document('tag', MetadefTag),
  tags: collection('tags', MetadefTag),
  resource_type: document('resource_type_association', MetadefAssociation),
  resource_types: collection('resource_type_associations', MetadefAssociation, false),
};
