import { badRequest } from '#kernel/errors.ts';
import { binary } from '../operators.ts';
import { compare, textOf, truth, type Value } from '../values.ts';
import { listOf, type Arguments } from './arguments.ts';
import type { YaqlMethod } from './table.ts';

/** A method of lists; each item is a step. */
const query =
  (run: (list: readonly Value[], args: Arguments) => Value): YaqlMethod =>
  (on, args) => {
    const list = listOf(on);
    args.budget.steps(list.length);
    return run(list, args);
  };

/** What they ask of each item is an expression in which the item is `$`. */
export const QUERY_METHODS: { readonly [name: string]: YaqlMethod } = {
  where: query((list, args) => list.filter((item) => truth(args.each(0)(item)))),
  filter: query((list, args) => list.filter((item) => truth(args.each(0)(item)))),
  select: query((list, args) => list.map((item) => args.each(0)(item))),
  map: query((list, args) => list.map((item) => args.each(0)(item))),
  selectMany: query((list, args) => list.flatMap((item) => args.each(0)(item) as Value[])),
  any: query((list, args) => list.length > 0 && (!args.has(0) || list.some(args.predicate(0)))),
  all: query((list, args) => list.every(args.predicate(0))),
  first: query((list, args) => endOf(list, 0, args)),
  last: query((list, args) => endOf(list, -1, args)),
  single: query((list) => {
    if (list.length !== 1) throw badRequest(`A list of one item is needed, not of ${list.length}`);
    return list[0] ?? null;
  }),
  takeWhile: query((list, args) => list.slice(0, whileTrue(list, args))),
  skipWhile: query((list, args) => list.slice(whileTrue(list, args))),
  indexWhere: query((list, args) => list.findIndex(args.predicate(0))),
  lastIndexWhere: query((list, args) => list.findLastIndex(args.predicate(0))),
  distinct: query(distinct),
  orderBy: query((list, args) => ordered(list, args, 1)),
  orderByDescending: query((list, args) => ordered(list, args, -1)),
  groupBy: query(groupBy),
  toDict: query(toDict),
  join: (on, args) => (typeof on === 'string' ? joinTexts(args.list(0), on, args) : query(joined)(on, args)),
  sum: query((list, args) => folded(list, args, (one, other) => binary('+', [one, other], args.budget))),
  min: query((list, args) => folded(list, args, (one, other) => (compare(other, one) < 0 ? other : one))),
  max: query((list, args) => folded(list, args, (one, other) => (compare(other, one) > 0 ? other : one))),
  aggregate: query(aggregate),
  reduce: query(aggregate),
  accumulate: query(accumulate),
};

function endOf(list: readonly Value[], at: number, args: Arguments): Value {
  const found = list.at(at);
  if (found !== undefined) return found;
  if (!args.has(0)) throw badRequest('The list is empty');
  return args.value(0);
}

function whileTrue(list: readonly Value[], args: Arguments): number {
  const isTrue = args.predicate(0);
  const end = list.findIndex((item) => !isTrue(item));
  return end < 0 ? list.length : end;
}

function distinct(list: readonly Value[], args: Arguments): Value {
  const keyOf = args.selector(0);
  const seen = new Set<string>();
  return list.filter((item) => {
    const key = JSON.stringify(keyOf(item));
    return !seen.has(key) && seen.add(key) !== undefined;
  });
}

function ordered(list: readonly Value[], args: Arguments, direction: 1 | -1): Value {
  const keyOf = args.selector(0);
  const keyed = list.map((item) => ({ item, key: keyOf(item) }));
  args.budget.steps(list.length * Math.ceil(Math.log2(list.length + 1)));
  return keyed.toSorted((left, right) => compare(left.key, right.key) * direction).map(({ item }) => item);
}

/** Pairs of a key and what has it; with a third argument, that makes something of each pair. */
function groupBy(list: readonly Value[], args: Arguments): Value {
  const [keyOf, valueOf] = [args.selector(0), args.selector(1)];
  const groups = new Map<string, { key: Value; values: Value[] }>();
  for (const item of list) {
    const key = keyOf(item);
    const id = JSON.stringify(key);
    const group = groups.get(id) ?? { key, values: [] };
    group.values.push(valueOf(item));
    groups.set(id, group);
  }
  const aggregated = args.selector(2);
  return [...groups.values()].map(({ key, values }) =>
    args.has(2) ? [key, aggregated(values)] : [key, values],
  );
}

function toDict(list: readonly Value[], args: Arguments): Value {
  const [keyOf, valueOf] = [args.selector(0), args.selector(1)];
  return Object.fromEntries(list.map((item) => [textOf(keyOf(item)), valueOf(item)]));
}

/** What a selector makes of the pairs from two lists for which a predicate holds; of texts, one text. */
function joined(list: readonly Value[], args: Arguments): Value {
  if (args.count === 1) return joinTexts(list, args.text(0), args);
  const [other, fits, selected] = [args.list(0), args.each(1), args.each(2)];
  return list.flatMap((left) => {
    args.budget.steps(other.length);
    return other.filter((right) => truth(fits(left, right))).map((right) => selected(left, right));
  });
}

function joinTexts(list: readonly Value[], between: string, args: Arguments): string {
  const texts = list.map(textOf);
  args.budget.characters(texts.reduce((sum, text) => sum + text.length + between.length, 0));
  return texts.join(between);
}

function folded(list: readonly Value[], args: Arguments, fold: (one: Value, other: Value) => Value): Value {
  const items = args.has(0) ? [args.value(0), ...list] : list;
  const [first, ...rest] = items;
  if (first === undefined) throw badRequest('The list is empty');
  return rest.reduce<Value>((one, other) => fold(one, other), first);
}

function aggregate(list: readonly Value[], args: Arguments): Value {
  const items = args.has(1) ? [args.value(1), ...list] : list;
  const [first, ...rest] = items;
  if (first === undefined) throw badRequest('The list is empty');
  return rest.reduce<Value>((one, other) => args.each(0)(one, other), first);
}

function accumulate(list: readonly Value[], args: Arguments): Value {
  const items = args.has(1) ? [args.value(1), ...list] : list;
  const made: Value[] = [];
  for (const item of items) made.push(made.length === 0 ? item : args.each(0)(made.at(-1) ?? null, item));
  return made;
}
