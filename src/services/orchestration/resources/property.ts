import { badRequest, type CloudError } from '#kernel/errors.ts';
import { toNumber, violation, type Checking, type Constraint } from '../template/constraints.ts';
import { entry, isList, isMap, jsonText, scalarText, type Json, type JsonMap } from '../template/json.ts';

export type PropertyType = 'string' | 'integer' | 'number' | 'boolean' | 'list' | 'map' | 'any';

/** A property of a resource type: what it takes, and what a change of it means. */
export interface PropertySchema {
  readonly type: PropertyType;
  readonly description?: string;
  readonly required?: boolean;
  /** A change is made in place; else the resource is replaced. */
  readonly updateAllowed?: boolean;
  /** A change is refused. */
  readonly immutable?: boolean;
  readonly default?: Json;
  readonly constraints?: readonly Constraint[];
  /** Of each item of a list. */
  readonly items?: PropertySchema;
  /** The keys of a map; without it, it may have any. */
  readonly schema?: PropertySchemas;
  /** Takes texts for lists (`a,b`), and lists and texts for maps: a nested template's parameters. */
  readonly convert?: boolean;
  /** Never shown in the API: passwords. */
  readonly hidden?: boolean;
}

export type PropertySchemas = { readonly [name: string]: PropertySchema };

/** How properties are read. */
export interface PropertyReading extends Checking {
  /** Where they stand: `resources.web.properties`. */
  readonly path: string;
}

/**
 * Resolved properties in the types of their schemas, with defaults. What is null is as what is not given, and is left out
 * when there is no default.
 * @throws CloudError StackValidationFailed that names the path: unknown, missing, of a wrong type, outside its constraints.
 */
export function readProperties(schemas: PropertySchemas, values: JsonMap, reading: PropertyReading): JsonMap {
  const unknown = Object.keys(values).find((name) => !Object.hasOwn(schemas, name));
  if (unknown !== undefined) throw wrong(reading.path, `Unknown Property ${unknown}`);
  const read = Object.entries(schemas).map(([name, schema]) => {
    const given = entry(values, name) ?? schema.default ?? null;
    if (given === null && schema.required === true)
      throw wrong(reading.path, `Property ${name} not assigned`);
    return [
      name,
      given === null ? null : readProperty(schema, given, { ...reading, path: `${reading.path}.${name}` }),
    ];
  });
  return Object.fromEntries(read.filter(([, value]) => value !== null)) as JsonMap;
}

/** One value. */
function readProperty(schema: PropertySchema, given: Json, reading: PropertyReading): Json {
  const value = READERS[schema.type](schema, given, reading);
  const broken = violation(
    schema.constraints ?? [],
    { value, type: schema.type, place: reading.path },
    reading,
  );
  if (broken !== null) throw wrong(reading.path, broken);
  return value;
}

const wrong = (path: string, message: string): CloudError =>
  badRequest(`Property error: ${path}: ${message}`, { code: 'StackValidationFailed' });

type Reader = (schema: PropertySchema, given: Json, reading: PropertyReading) => Json;

const READERS: { readonly [type in PropertyType]: Reader } = {
  any: (_, given) => given,
  string: (_, given, { path }) => {
    if (typeof given === 'object') throw wrong(path, `Value must be a string; got ${jsonText(given)}`);
    return typeof given === 'string' ? given : scalarText(given);
  },
  integer: (_, given, { path }) => {
    const number = typeof given === 'string' && !/^\s*[+-]?\d+\s*$/.test(given) ? undefined : toNumber(given);
    if (number === undefined) throw wrong(path, `Value '${quoted(given)}' is not an integer`);
    return Math.trunc(number);
  },
  number: (_, given, { path }) => {
    const number = toNumber(given);
    if (number === undefined) throw wrong(path, `Value '${quoted(given)}' is not a number`);
    return number;
  },
  boolean: (_, given, { path }) => {
    if (typeof given === 'boolean') return given;
    const text = typeof given === 'string' ? given.toLowerCase() : '';
    if (text !== 'true' && text !== 'false') throw wrong(path, `"${quoted(given)}" is not a valid boolean`);
    return text === 'true';
  },
  list: readList,
  map: readMap,
};

const quoted = (value: Json): string => (typeof value === 'string' ? value : jsonText(value)).slice(0, 200);

function readList({ items, convert }: PropertySchema, given: Json, reading: PropertyReading): Json {
  const list = convert === true && typeof given === 'string' ? given.split(',').filter(Boolean) : given;
  if (!isList(list)) throw wrong(reading.path, `"${quoted(given)}" is not a list`);
  if (items === undefined) return list;
  return list.map((item, at) => readItem(items, item, { ...reading, path: `${reading.path}[${at}]` }));
}

/** An item that is null stays where it is: the others keep their places. */
const readItem = (schema: PropertySchema, given: Json, reading: PropertyReading): Json =>
  given === null ? (schema.default ?? null) : readProperty(schema, given, reading);

function readMap({ schema, convert }: PropertySchema, given: Json, reading: PropertyReading): Json {
  if (convert === true && (typeof given === 'string' || isList(given))) return given;
  if (!isMap(given)) throw wrong(reading.path, `"${quoted(given)}" is not a map`);
  return schema === undefined ? given : readProperties(schema, given, reading);
}

/** An attribute of a resource type, as its schema shows it. */
export interface AttributeSchema {
  readonly type?: PropertyType;
  readonly description: string;
}

/** As `GET /resource_types/{type}` shows properties. */
export function showProperties(schemas: PropertySchemas): JsonMap {
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, showProperty(schema)]));
}

function showProperty(schema: PropertySchema): JsonMap {
  const { type, description, constraints, items, schema: keys, default: preset } = schema;
  const nested = items === undefined ? keys && showProperties(keys) : { '*': showProperty(items) };
  const shown = {
    type,
    description,
    default: preset,
    schema: nested,
    required: schema.required ?? false,
    constraints: constraints as readonly Json[] | undefined,
    update_allowed: schema.updateAllowed ?? false,
    immutable: schema.immutable ?? false,
  };
  return Object.fromEntries(Object.entries(shown).filter(([, value]) => value !== undefined)) as JsonMap;
}

/** As `GET /resource_types/{type}` shows attributes. */
export const showAttributes = (attributes: { readonly [name: string]: AttributeSchema }): JsonMap =>
  Object.fromEntries(
    Object.entries(attributes).map(([name, { type, description }]) => [
      name,
      { description, ...(type === undefined || type === 'any' ? {} : { type }) },
    ]),
  );
