import { randomInt } from 'node:crypto';
import type { Json, JsonMap } from '../../template/json.ts';

/** A member of a group as its template has it. */
export type Definition = JsonMap;
/** In the order they were made. */
export type Members = ReadonlyMap<string, Definition>;

const LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789';
const newName = (): string => Array.from({ length: 12 }, () => LETTERS[randomInt(LETTERS.length)]).join('');

/** Members for the time of a change alone are not counted. */
export const isNoSpare = (name: string): boolean => !name.startsWith('spare-');

/** So many members of one definition: the newest stay, and new ones come last. */
export function newest(current: Members, count: number, definition: Definition): Members {
  const kept = count === 0 ? [] : [...current.keys()].filter(isNoSpare).slice(-count);
  const made = Array.from({ length: count - kept.length }, newName);
  return new Map([...kept, ...made].map((name) => [name, definition]));
}

/** The template of a group's stack. */
export const groupTemplate = (members: Members): string =>
  JSON.stringify({ heat_template_version: '2015-04-30', resources: Object.fromEntries(members) });

/** The members of a group, from the template of its stack; none of one that is not there. */
export function membersIn(template: string | undefined): Members {
  if (template === undefined) return new Map();
  const { resources = {} } = JSON.parse(template) as {
    readonly resources?: Readonly<Record<string, JsonMap>>;
  };
  return new Map(Object.entries(resources));
}

/** The same with the member's index in place of a variable, in every text and key. */
export function withIndex(value: Json, variable: string, index: string): Json {
  if (typeof value === 'string') return value.replaceAll(variable, index);
  if (Array.isArray(value)) return value.map((item: Json) => withIndex(item, variable, index));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key.replaceAll(variable, index),
      withIndex(item, variable, index),
    ]),
  );
}

/** `0`, `1`, …: so many, without those that are never used again. */
export function freeNames(count: number, never: ReadonlySet<string>): string[] {
  const names: string[] = [];
  for (let index = 0; names.length < count; index += 1) if (!never.has(`${index}`)) names.push(`${index}`);
  return names;
}
