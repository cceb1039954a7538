import { isDeepStrictEqual } from 'node:util';
import { badRequest } from '#kernel/errors.ts';

/** What expressions work on. */
export type Value = null | boolean | number | string | readonly Value[] | { readonly [key: string]: Value };
export type Dict = { readonly [key: string]: Value };

export const isList = (value: Value): value is readonly Value[] => Array.isArray(value);
export const isDict = (value: Value): value is Dict =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const same = (left: Value, right: Value): boolean => isDeepStrictEqual(left, right);

/** Empty things, zero and null are false. */
export function truth(value: Value): boolean {
  if (isList(value)) return value.length > 0;
  return isDict(value) ? Object.keys(value).length > 0 : Boolean(value);
}

export function kindOf(value: Value): string {
  if (value === null) return 'null';
  if (isList(value)) return 'list';
  return isDict(value) ? 'dict' : typeof value;
}

/** The text that stands for a value in texts. */
export const textOf = (value: Value): string =>
  typeof value === 'string'
    ? value
    : typeof value === 'object' && value !== null
      ? JSON.stringify(value)
      : String(value);

/** Keys of dicts are texts here. */
export function keyOf(value: Value): string {
  if (typeof value === 'object' && value !== null) throw badRequest(`A ${kindOf(value)} cannot be a key`);
  return textOf(value);
}

/** Null is before everything; only numbers and numbers, texts and texts compare. */
export function compare(left: Value, right: Value): number {
  if (left === null || right === null) return Number(left !== null) - Number(right !== null);
  const comparable =
    (typeof left === 'number' && typeof right === 'number') ||
    (typeof left === 'string' && typeof right === 'string');
  if (!comparable) throw badRequest(`A ${kindOf(left)} and a ${kindOf(right)} do not compare`);
  return left < right ? -1 : left > right ? 1 : 0;
}
