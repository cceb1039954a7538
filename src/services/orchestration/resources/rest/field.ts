import { isList, isMap, type Json, type JsonMap } from '../../template/json.ts';
import type { PropertySchema } from '../property.ts';
import type { Cloud } from '../resource-type.ts';
import { Things, type Collection } from './collection.ts';

/** A property, and what of it goes over the wire. */
export interface Field extends PropertySchema {
  /** Its name there; default: the same. Null: it is not sent. */
  readonly wire?: string | null;
  /** It names one of these, by name or id: the id is sent. */
  readonly of?: Collection;
  /** What is sent when an update takes it away; default null. */
  readonly reset?: Json;
  /** How it is written there. */
  readonly write?: (value: Json) => Json;
  readonly items?: Field;
  readonly schema?: Fields;
}

export type Fields = { readonly [name: string]: Field };

/** Values as the API takes them: its names, and ids for names. */
export async function wired(fields: Fields, values: JsonMap, cloud: Cloud): Promise<JsonMap> {
  const sent = Object.entries(values).flatMap(([name, value]) => {
    const field = fields[name];
    return field === undefined || field.wire === null ? [] : [{ name: field.wire ?? name, field, value }];
  });
  const entries = sent.map(async ({ name, field, value }) => [name, await wire(field, value, cloud)]);
  return Object.fromEntries(await Promise.all(entries)) as JsonMap;
}

async function wire(field: Field, value: Json, cloud: Cloud): Promise<Json> {
  if (value === null) return null;
  if (field.write) return field.write(value);
  if (field.of && typeof value === 'string' && value !== '') return new Things(cloud, field.of).idOf(value);
  const { items, schema } = field;
  if (items && isList(value)) return Promise.all(value.map((item) => wire(items, item, cloud)));
  return schema && isMap(value) ? wired(schema, value, cloud) : value;
}
