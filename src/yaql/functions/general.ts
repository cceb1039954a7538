import { badRequest } from '#kernel/errors.ts';
import { compare, isDict, isList, keyOf, kindOf, same, textOf, truth, type Value } from '../values.ts';
import { isIn } from '../operators.ts';
import { listOf, type Arguments } from './arguments.ts';
import { without } from './dicts.ts';
import { replaceText } from './texts.ts';
import type { YaqlFunction, YaqlMethod } from './table.ts';

export const GENERAL_FUNCTIONS: { readonly [name: string]: YaqlFunction } = {
  list: (args) => args.values().flatMap((value) => (isList(value) ? value : [value])),
  dict: makeDict,
  range,
  concat,
  str: (args) => args.budget.text(textOf(args.value(0))),
  int: (args) => Math.trunc(numberOf(args.value(0))),
  float: (args) => numberOf(args.value(0)),
  bool: (args) => truth(args.value(0)),
  switch: (args) =>
    args
      .pairs()
      .find(({ key }) => truth(key()))
      ?.value() ?? null,
  selectCase: (args) => {
    const found = args.values().findIndex(truth);
    return found < 0 ? args.count : found;
  },
  coalesce: (args) => args.values().find((value) => value !== null) ?? null,
  min: (args) => extreme(args, -1),
  max: (args) => extreme(args, 1),
  abs: (args) => Math.abs(numberOf(args.value(0))),
  round: (args) => {
    const scale = 10 ** args.integer(1, 0);
    return Math.round(numberOf(args.value(0)) * scale) / scale;
  },
  sign: (args) => Math.sign(numberOf(args.value(0))),
  pow: (args) => finite(numberOf(args.value(0)) ** numberOf(args.value(1))),
  isString: (args) => typeof args.value(0) === 'string',
  isInteger: (args) => Number.isInteger(args.value(0)),
  isNumber: (args) => typeof args.value(0) === 'number',
  isBoolean: (args) => typeof args.value(0) === 'boolean',
  isList: (args) => isList(args.value(0)),
  isDict: (args) => isDict(args.value(0)),
};

/** What several kinds of values have. */
export const GENERAL_METHODS: { readonly [name: string]: YaqlMethod } = {
  len: (on) => lengthOf(on),
  contains: (on, args) => isIn(args.value(0), on, args.budget),
  indexOf: (on, args) => {
    const wanted = args.value(0);
    if (typeof on === 'string') return on.indexOf(textOf(wanted));
    return listOf(on).findIndex((item) => same(item, wanted));
  },
  replace: (on, args) => {
    if (typeof on === 'string') return replaceText(on, args);
    return listOf(on).toSpliced(args.integer(0), args.integer(2, 1), args.value(1));
  },
  delete: (on, args) =>
    isDict(on) ? without(on, args.values()) : listOf(on).toSpliced(args.integer(0), args.integer(1, 1)),
  concat: (on, args) => joinAll([on, ...args.values()], args),
  switchCase: (on, args) => args.valueOr(Math.min(numberOf(on), args.count - 1), null),
  assert: (on, args) => {
    if (!truth(args.each(0)(on))) throw badRequest(args.text(1, 'Assertion failed'));
    return on;
  },
};

function lengthOf(on: Value): number {
  if (typeof on === 'string') return Array.from(on).length;
  if (typeof on === 'object' && on !== null) return Object.keys(on).length;
  throw badRequest(`A ${kindOf(on)} has no length`);
}

/** Of pairs `key => value`, or of a list of lists of two. */
function makeDict(args: Arguments): Value {
  if (args.has(0))
    return Object.fromEntries(
      args.list(0).map((pair) => {
        const [key = null, value = null] = listOf(pair);
        return [keyOf(key), value];
      }),
    );
  return Object.fromEntries(args.pairs().map(({ key, value }) => [keyOf(key()), value()]));
}

function range(args: Arguments): Value {
  const [start, stop] = args.has(1) ? [args.integer(0), args.integer(1)] : [0, args.integer(0)];
  const step = args.integer(2, 1);
  if (step === 0) throw badRequest('The step of a range is not 0');
  const length = Math.max(0, Math.ceil((stop - start) / step));
  args.budget.steps(length);
  return Array.from({ length }, (_, at) => start + at * step);
}

function concat(args: Arguments): Value {
  return joinAll(args.values(), args);
}

/** Texts to a text, lists to a list. */
function joinAll(values: readonly Value[], args: Arguments): Value {
  if (values.every((value) => typeof value === 'string')) return args.budget.text(values.join(''));
  const items = values.flatMap(listOf);
  args.budget.steps(items.length);
  return items;
}

function numberOf(value: Value): number {
  if (value === null) return 0;
  const number = typeof value === 'string' && value.trim() === '' ? Number.NaN : Number(value);
  if (typeof value === 'object' || !Number.isFinite(number))
    throw badRequest(`"${textOf(value).slice(0, 40)}" is no number`);
  return number;
}

function finite(number: number): number {
  if (!Number.isFinite(number)) throw badRequest('The result is no number');
  return number;
}

/** Of two numbers, or of a list. */
function extreme(args: Arguments, direction: 1 | -1): Value {
  const values = args.count === 1 ? args.list(0) : args.values();
  const [first, ...rest] = values;
  if (first === undefined) throw badRequest('The list is empty');
  return rest.reduce<Value>((best, value) => (compare(value, best) * direction > 0 ? value : best), first);
}
