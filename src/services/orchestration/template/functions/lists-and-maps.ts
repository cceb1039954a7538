import type { Call, Evaluation } from '../expression.ts';
import { entry, isList, isMap, plainText, sameJson, type Json, type JsonMap } from '../json.ts';
import { incorrect, listOf, mapOf, parts } from './arguments.ts';
import type { IntrinsicFunction } from './function.ts';

export const mapMerge: IntrinsicFunction = {
  doc: 'The entries of maps in one map; the last of a name counts: [map, …].',
  resolve: (call, evaluation) => {
    const example = incorrect(call.name, '[ { "key1": "val1" }, { "key2": "val2" } ]');
    const given = evaluation.value(call.argument);
    if (!isList(given)) throw call.error(example);
    const maps = given.map((item) => mapOf(call, item, 'Incorrect arguments: Items to merge must be maps.'));
    return Object.fromEntries(maps.flatMap((map) => Object.entries(map)));
  },
};

const replaceExample = (name: string) =>
  incorrect(name, '[ { "key1": "val1" }, {"keys": {"key1": "key2"}, "values": {"val1": "val2"}}]');

export const mapReplace: IntrinsicFunction = {
  doc: 'A map with keys and values exchanged for others: [map, {keys, values}].',
  resolve: (call, evaluation) => {
    const example = replaceExample(call.name);
    const [given = null, rules = null, ...rest] = listOf(call, evaluation.value(call.argument), example);
    const [map, replaced] = [mapOf(call, given, example), mapOf(call, rules, example)];
    if (rest.length > 0 || Object.keys(replaced).some((key) => key !== 'keys' && key !== 'values'))
      throw call.error(example);
    const values = mapOf(call, replaced['values'] ?? null, example);
    const renamed = renameKeys(call, map, mapOf(call, replaced['keys'] ?? null, example));
    return Object.fromEntries(renamed.map(([key, value]) => [key, exchanged(value, values)]));
  },
};

function renameKeys(call: Call, map: JsonMap, names: JsonMap): readonly (readonly [string, Json])[] {
  const taken = new Set<string>();
  return Object.entries(map).map(([key, value]) => {
    const name = plainText(entry(names, key) ?? key);
    if (name !== key && Object.hasOwn(map, name))
      throw call.error(`key replacement ${name} collides with a key in the input map`);
    if (taken.has(name)) throw call.error(`key replacement ${name} collides with a key in the output map`);
    taken.add(name);
    return [name, value];
  });
}

const exchanged = (value: Json, values: JsonMap): Json =>
  typeof value === 'object' ? value : (entry(values, String(value)) ?? value);

const concatFunction = (unique: boolean): IntrinsicFunction => ({
  doc: `The items of lists in one list${unique ? ', each once' : ''}: [list, …].`,
  resolve: (call, evaluation) => {
    const given = evaluation.value(call.argument);
    if (!isList(given))
      throw call.error(incorrect(call.name, '[ [ <value 1>, <value 2> ], [ <value 3>, <value 4> ] ]'));
    const items = given.flatMap((item) =>
      listOf(call, item, 'Incorrect arguments: Items to concat must be lists.'),
    );
    evaluation.spend(call, { items: items.length });
    return unique ? uniqueOf(items) : items;
  },
});

export const listConcat = concatFunction(false);
export const listConcatUnique = concatFunction(true);

/** Each distinct value at its first place. */
function uniqueOf(items: readonly Json[]): readonly Json[] {
  const seen = new Set<string>();
  return items.filter((item) => {
    const key = canonical(item);
    return !seen.has(key) && seen.add(key);
  });
}

/** The same text for the same value. */
function canonical(value: Json): string {
  if (isList(value)) return `[${value.map(canonical).join(',')}]`;
  if (!isMap(value)) return JSON.stringify(value);
  const keys = Object.keys(value).toSorted();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical(value[key] ?? null)}`).join(',')}}`;
}

export const filter: IntrinsicFunction = {
  doc: 'A list without some values: [values, list].',
  check: (call) => {
    const got = parts(call, `Argument to "${call.name}" must be a list`).length;
    if (got !== 2)
      throw call.error(
        `"${call.name}" expected 2 arguments of the form [values, sequence] but got ${got} arguments instead`,
      );
  },
  resolve: (call, evaluation) => {
    const [values = null, list = null] = parts(call, '').map((part) => evaluation.value(part));
    if (list === null || list === '') return list;
    const items = listOf(call, list, `"${call.name}" only works with lists`);
    const dropped = new Set(listOf(call, values, `"${call.name}" filters a list of values`).map(canonical));
    return items.filter((item) => !dropped.has(canonical(item)));
  },
};

const containsForm = (name: string) => incorrect(name, '[ "value1", [ "value1", "value2"]]');

/** In a list, or as a part of a text. */
export const contains: IntrinsicFunction = {
  doc: 'Whether a value is in a list or a text in a text: [value, sequence].',
  check: (call) => void parts(call, containsForm(call.name), [2, 2]),
  resolve: (call, evaluation) => {
    const [value = null, sequence = null] = parts(call, '').map((part) => evaluation.value(part));
    if (isList(sequence)) return sequence.some((item) => sameJson(item, value));
    if (typeof sequence === 'string' && typeof value === 'string') return sequence.includes(value);
    throw call.error(`Second argument to "${call.name}" should be a sequence.`);
  },
};

/** CFN's choice from a list by index or from a map by key; also of a text that is JSON. '' where there is none. */
export const fnSelect: IntrinsicFunction = {
  doc: 'An item of a list, or an entry of a map: [index or key, list or map].',
  check: (call) =>
    void parts(call, `Arguments to "${call.name}" must be of the form [index, collection]`, [2, 2]),
  resolve: (call, evaluation) => {
    const [index = null, given = null] = parts(call, '').map((part) => evaluation.value(part));
    const from = typeof given === 'string' && given !== '' ? parsed(call, given) : given;
    if (from === null || from === '') return '';
    if (isMap(from)) {
      if (typeof index !== 'string') throw call.error(`Index to "${call.name}" must be a string`);
      return entry(from, index) ?? '';
    }
    if (!isList(from)) throw call.error(`Arguments to ${call.name} not fully resolved`);
    if (!/^-?\d+$/.test(plainText(index))) throw call.error(`Index to "${call.name}" must be an integer`);
    return from.at(Number(index)) ?? '';
  },
};

function parsed(call: Call, text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (thrown) {
    throw call.error(`"${call.name}": ${String(thrown)}`);
  }
}

export const fnFindInMap: IntrinsicFunction = {
  doc: "A value of the template's mappings: [mapping, key, name].",
  check: (call) => void parts(call, `Arguments to "${call.name}" must be [mapping, key, value]`, [3, 3]),
  resolve: (call, evaluation) => {
    const [map = null, key = null, name = null] = parts(call, '').map((part) => evaluation.value(part));
    const found = evaluation.scope.mapping?.(plainText(map), plainText(key)) ?? null;
    const value = isMap(found) ? entry(found, plainText(name)) : undefined;
    if (value === undefined)
      throw call.error(`There is no mapping ${[map, key, name].map(plainText).join('.')}`);
    return value;
  },
};

export const fnGetAzs: IntrinsicFunction = {
  doc: 'The availability zones.',
  resolve: (_call, { scope }) => scope.zones?.() ?? ['nova'],
};

/** AWS's way to write a map as a list: `.member.0.Name=key`, `.member.0.Value=value`. */
export const fnMemberListToMap: IntrinsicFunction = {
  doc: 'A map of a list of names and values: [name of names, name of values, list].',
  check: (call) => {
    const wrong = `Wrong Arguments try: "['Name', 'Value', ['.member.0.Name=key', '.member.0.Value=door']]"`;
    const [keys, values] = parts(call, wrong, [3, 3]);
    if (typeof keys !== 'string') throw call.error(`${call.name} Key Name must be a string`);
    if (typeof values !== 'string') throw call.error(`${call.name} Value Name must be a string`);
  },
  resolve: (call, evaluation) => {
    const [keys = null, values = null, list = null] = parts(call, '').map((part) => evaluation.value(part));
    return memberMap(call, evaluation, {
      keys: plainText(keys),
      values: plainText(values),
      list,
    });
  },
};

function memberMap(
  call: Call,
  evaluation: Evaluation,
  { keys, values, list }: { keys: string; values: string; list: Json },
): JsonMap {
  const members = new Map<string, Map<string, string>>();
  for (const item of listOf(call, list, 'Member list must be a list')) {
    if (typeof item !== 'string') throw call.error('Member list items must be strings');
    const [, at, name, value] = /^\.?member\.(\d+)\.([^=]+)=([\s\S]*)$/.exec(item) ?? [];
    if (at === undefined || name === undefined) continue;
    members.set(at, (members.get(at) ?? new Map<string, string>()).set(name, value ?? ''));
  }
  evaluation.spend(call, { items: members.size });
  const pairs = [...members.values()].map((member) => [member.get(keys), member.get(values)] as const);
  return Object.fromEntries(pairs.filter((pair): pair is [string, string] => !pair.includes(undefined)));
}
