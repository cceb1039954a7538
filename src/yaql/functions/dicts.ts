import { badRequest } from '#kernel/errors.ts';
import { isDict, isList, keyOf, kindOf, same, type Dict, type Value } from '../values.ts';
import type { Arguments } from './arguments.ts';
import type { YaqlMethod } from './table.ts';

const dictOf = (value: Value): Dict => {
  if (!isDict(value)) throw badRequest(`A dict is needed, not a ${kindOf(value)}`);
  return value;
};

/** A method of dicts; each entry is a step. */
const dict =
  (run: (entries: Dict, args: Arguments) => Value): YaqlMethod =>
  (on, args) => {
    const entries = dictOf(on);
    args.budget.steps(Object.keys(entries).length);
    return run(entries, args);
  };

export const DICT_METHODS: { readonly [name: string]: YaqlMethod } = {
  keys: dict((entries) => Object.keys(entries)),
  values: dict((entries) => Object.values(entries)),
  items: dict((entries) => Object.entries(entries)),
  get: dict((entries, args) => {
    const key = keyOf(args.value(0));
    return Object.hasOwn(entries, key) ? (entries[key] ?? null) : args.valueOr(1, null);
  }),
  set: dict((entries, args) =>
    args.count === 1
      ? { ...entries, ...dictOf(args.value(0)) }
      : { ...entries, [keyOf(args.value(0))]: args.value(1) },
  ),
  containsKey: dict((entries, args) => Object.hasOwn(entries, keyOf(args.value(0)))),
  containsValue: dict((entries, args) => {
    const wanted = args.value(0);
    return Object.values(entries).some((value) => same(value, wanted));
  }),
  deleteAll: dict((entries, args) => without(entries, args.list(0))),
  mergeWith: dict((entries, args) => merged(entries, dictOf(args.value(0)), args)),
};

export const without = (entries: Dict, keys: readonly Value[]): Dict => {
  const gone = new Set(keys.map(keyOf));
  return Object.fromEntries(Object.entries(entries).filter(([key]) => !gone.has(key)));
};

/** Dicts in dicts are merged, lists in both one after the other without repeats; else the right one wins. */
function merged(left: Dict, right: Dict, args: Arguments): Dict {
  args.budget.steps(Object.keys(right).length);
  const entries = Object.entries(right).map(([key, value]) => {
    const before = Object.hasOwn(left, key) ? left[key] : undefined;
    if (before === undefined) return [key, value];
    if (isDict(before) && isDict(value)) return [key, merged(before, value, args)];
    return [key, isList(before) && isList(value) ? union(before, value, args) : value];
  });
  return { ...left, ...(Object.fromEntries(entries) as Dict) };
}

function union(left: readonly Value[], right: readonly Value[], args: Arguments): readonly Value[] {
  args.budget.steps(left.length * right.length);
  return [...left, ...right.filter((item) => !left.some((one) => same(one, item)))];
}
