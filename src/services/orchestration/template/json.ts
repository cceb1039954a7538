import { isDeepStrictEqual } from 'node:util';

/** A value as templates, files and clients give it. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonMap = { readonly [key: string]: Json };

export const isList = (value: unknown): value is readonly Json[] => Array.isArray(value);

export const isMap = (value: Json | undefined): value is JsonMap =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The entry of this name; never what objects inherit. */
export const entry = <T>(map: { readonly [key: string]: T }, key: string): T | undefined =>
  Object.hasOwn(map, key) ? map[key] : undefined;

export const sameJson = (left: Json, right: Json): boolean => isDeepStrictEqual(left, right);

/** What templates get where a text is made of a scalar: the spelling of Heat's own language. */
export function scalarText(value: string | number | boolean): string {
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return String(value);
}

/** Texts as they are, scalars as Heat spells them, anything else as JSON. */
export function plainText(value: Json): string {
  if (typeof value === 'string') return value;
  return typeof value === 'object' ? jsonText(value) : scalarText(value);
}

/** A text as it is, a number or flag as text, nothing as an empty one: what APIs tell of ids, names and states. */
export function textOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : `${value as string | number | boolean}`;
}

/** JSON as Heat writes it into texts: keys in order, a space after each comma and colon. */
export function jsonText(value: Json): string {
  if (isList(value)) return `[${value.map(jsonText).join(', ')}]`;
  if (!isMap(value)) return JSON.stringify(value);
  const keys = Object.keys(value).toSorted();
  return `{${keys.map((key) => `${JSON.stringify(key)}: ${jsonText(value[key] ?? null)}`).join(', ')}}`;
}

/** How messages call the kind of a value. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'list';
  return typeof value === 'object' ? 'map' : typeof value;
}

/** How far a path leads into a value: keys of maps, indexes of lists, also where they are texts. Null where it leads nowhere. */
export function select(value: Json, path: readonly (string | number)[]): Json {
  let current: Json = value;
  for (const key of path) {
    const next = isList(current) ? itemAt(current, key) : isMap(current) ? entry(current, String(key)) : null;
    if (next === undefined || next === null) return null;
    current = next;
  }
  return current;
}

function itemAt(list: readonly Json[], key: string | number): Json | undefined {
  const index = typeof key === 'number' ? key : /^-?\d+$/.test(key) ? Number(key) : Number.NaN;
  return list.at(index) === undefined || Number.isNaN(index) ? undefined : list.at(index);
}
