import { badRequest } from '#kernel/errors.ts';
import { isList, same, type Value } from '../values.ts';
import { listOf, type Arguments } from './arguments.ts';
import type { YaqlMethod } from './table.ts';

/** A method of lists; each item is a step. */
const list =
  (run: (items: readonly Value[], args: Arguments) => Value): YaqlMethod =>
  (on, args) => {
    const items = listOf(on);
    args.budget.steps(items.length);
    return run(items, args);
  };

export const LIST_METHODS: { readonly [name: string]: YaqlMethod } = {
  flatten: list((items) => flat(items)),
  reverse: list((items) => items.toReversed()),
  toList: list((items) => items),
  toSet: list((items) => items.filter((item, at) => items.findIndex((one) => same(one, item)) === at)),
  count: list((items) => items.length),
  limit: list((items, args) => items.slice(0, Math.max(0, args.integer(0)))),
  take: list((items, args) => items.slice(0, Math.max(0, args.integer(0)))),
  skip: list((items, args) => items.slice(Math.max(0, args.integer(0)))),
  append: list((items, args) => [...items, ...args.values()]),
  insert: list((items, args) => items.toSpliced(args.integer(0), 0, args.value(1))),
  insertMany: list((items, args) => items.toSpliced(args.integer(0), 0, ...args.list(1))),
  lastIndexOf: list((items, args) => {
    const wanted = args.value(0);
    return items.findLastIndex((item) => same(item, wanted));
  }),
  enumerate: list((items, args) => {
    const start = args.integer(0, 0);
    return items.map((item, at) => [start + at, item]);
  }),
  zip: list(zipped),
  slice: list(sliced),
  defaultIfEmpty: list((items, args) => (items.length > 0 ? items : args.value(0))),
};

function flat(items: readonly Value[]): readonly Value[] {
  return items.flatMap((item) => (isList(item) ? flat(item) : [item]));
}

/** As long as the shortest. */
function zipped(items: readonly Value[], args: Arguments): Value {
  const all = [items, ...args.values().map(listOf)];
  const length = Math.min(...all.map((one) => one.length));
  args.budget.steps(length * all.length);
  return Array.from({ length }, (_, at) => all.map((one) => one[at] ?? null));
}

function sliced(items: readonly Value[], args: Arguments): Value {
  const length = args.integer(0);
  if (length < 1) throw badRequest('The length of a slice is at least 1');
  return Array.from({ length: Math.ceil(items.length / length) }, (_, at) =>
    items.slice(at * length, (at + 1) * length),
  );
}
