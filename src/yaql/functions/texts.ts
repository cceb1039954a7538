import { badRequest } from '#kernel/errors.ts';
import { fits } from '../operators.ts';
import { isDict, kindOf, textOf, type Value } from '../values.ts';
import type { Arguments } from './arguments.ts';
import type { YaqlMethod } from './table.ts';

/** A method of texts; what it makes is counted. */
const text =
  (run: (on: string, args: Arguments) => Value): YaqlMethod =>
  (on, args) => {
    if (typeof on !== 'string') throw badRequest(`A text is needed, not a ${kindOf(on)}`);
    args.budget.characters(on.length);
    const made = run(on, args);
    if (Array.isArray(made)) args.budget.steps(made.length);
    return made;
  };

export const TEXT_METHODS: { readonly [name: string]: YaqlMethod } = {
  toUpper: text((on) => on.toUpperCase()),
  toLower: text((on) => on.toLowerCase()),
  startsWith: text((on, args) => args.values().some((start) => on.startsWith(textOf(start)))),
  endsWith: text((on, args) => args.values().some((end) => on.endsWith(textOf(end)))),
  split: text(split),
  trim: text((on, args) => trimmed(trimmed(on, args, 'start'), args, 'end')),
  trimLeft: text((on, args) => trimmed(on, args, 'start')),
  trimRight: text((on, args) => trimmed(on, args, 'end')),
  norm: text((on) => on.trim() || null),
  isEmpty: text((on) => on.trim() === ''),
  substring: text((on, args) => {
    const [start, length] = [args.integer(0), args.integer(1, -1)];
    const from = start < 0 ? Math.max(0, on.length + start) : start;
    return on.slice(from, length < 0 ? undefined : from + length);
  }),
  toCharArray: text((on) => Array.from(on)),
  matches: text((on, args) => fits(on, args.value(0))),
  format: text(format),
};

/** Without a separator, at any space; a number says how often at most. */
function split(on: string, args: Arguments): Value {
  const separator = args.valueOr(0, null);
  const most = args.integer(1, -1);
  if (separator === null) return on.trim() === '' ? [] : on.trim().split(/\s+/);
  if (typeof separator !== 'string' || separator === '') throw badRequest('The separator must be a text');
  const parts = on.split(separator);
  return most < 0 || parts.length <= most + 1
    ? parts
    : [...parts.slice(0, most), parts.slice(most).join(separator)];
}

function trimmed(on: string, args: Arguments, side: 'start' | 'end'): string {
  const characters = args.valueOr(0, null);
  const isOut = (one: string) =>
    typeof characters === 'string' ? characters.includes(one) : /^\s$/.test(one);
  const all = Array.from(on);
  if (side === 'end') return all.slice(0, all.findLastIndex((one) => !isOut(one)) + 1).join('');
  const first = all.findIndex((one) => !isOut(one));
  return first < 0 ? '' : all.slice(first).join('');
}

/** `{0}`, `{}` and `{name}`. */
function format(on: string, args: Arguments): Value {
  let next = 0;
  return on.replaceAll(/\{\{|\}\}|\{(\w*)\}/g, (found, name: string | undefined) => {
    if (name === undefined) return found.slice(1);
    const at = name === '' ? next++ : /^\d+$/.test(name) ? Number(name) : Number.NaN;
    const value = Number.isNaN(at) ? args.named(name ?? '', Number.MAX_SAFE_INTEGER) : args.value(at);
    if (value === undefined) throw badRequest(`There is no "${name}" for the format`);
    return args.budget.text(textOf(value));
  });
}

/** All of one text for another, or as a dict says. */
export function replaceText(on: string, args: Arguments): Value {
  const rules = args.value(0);
  const pairs = isDict(rules)
    ? Object.entries(rules).map(([from, to]) => [from, textOf(to)] as const)
    : [[args.text(0), args.text(1)] as const];
  return pairs.reduce((made, [from, to]) => {
    if (from === '') return made;
    const parts = made.split(from);
    args.budget.characters(made.length + parts.length * to.length);
    return parts.join(to);
  }, on);
}
