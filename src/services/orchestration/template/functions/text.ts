import { createHash } from 'node:crypto';
import type { Call, Evaluation } from '../expression.ts';
import { isExpressionMap } from '../expression.ts';
import { isList, isMap, jsonText, plainText, scalarText, type Json, type JsonMap } from '../json.ts';
import { incorrect, listOf, mapOf, parts, quoted, textOf } from './arguments.ts';
import type { IntrinsicFunction } from './function.ts';

/** How one version of `str_replace` takes its parameters. */
interface ReplaceRules {
  /** Maps and lists become JSON; else they are refused. */
  readonly json: boolean;
  /** Every key must stand in the template. */
  readonly strict?: boolean;
  /** No value may be empty. */
  readonly filled?: boolean;
}

const replaceSyntax = (name: string) =>
  `"${name}" syntax should be ${name}:\n  template: This is var1 template var2\n  params:\n    var1: a\n    var2: string`;

const replaceFunction = (rules: ReplaceRules): IntrinsicFunction => ({
  doc: 'A text with each key of params replaced by its value: {template, params}.',
  check: (call) => {
    if (!isExpressionMap(call.argument)) throw call.error(`Arguments to "${call.name}" must be a map`);
    if (!('params' in call.argument && 'template' in call.argument))
      throw call.error(replaceSyntax(call.name));
  },
  resolve: (call, evaluation) => {
    const given = mapOf(call, evaluation.value(call.argument), replaceSyntax(call.name));
    return replaceAll(call, evaluation, {
      given: [given['template'] ?? null, given['params'] ?? null],
      rules,
    });
  },
});

export const strReplaceText = replaceFunction({ json: false });
export const strReplace = replaceFunction({ json: true });
export const strReplaceStrict = replaceFunction({ json: true, strict: true });
export const strReplaceVeryStrict = replaceFunction({ json: true, strict: true, filled: true });

/** CFN's: [params, template]. */
export const fnReplace: IntrinsicFunction = {
  doc: 'A text with each key replaced by its value: [params, text].',
  check: (call) => void parts(call, incorrect(call.name, '[ {"$var1": "foo"}, "$var1 is here" ]'), [2, 2]),
  resolve: (call, evaluation) => {
    const [params, template] = listOf(call, evaluation.value(call.argument), '');
    return replaceAll(call, evaluation, {
      given: [template ?? null, params ?? null],
      rules: { json: false },
    });
  },
};

/** A piece of the template, or a value in its place, which is not looked through again. */
type Piece = { readonly text: string; readonly done: boolean };

/** The longest keys come first, everywhere; of the same length, by their order. */
function replaceAll(
  call: Call,
  evaluation: Evaluation,
  { given, rules }: { given: readonly [Json, Json]; rules: ReplaceRules },
): string {
  const template = textOf(call, given[0] ?? '', `"${call.name}" template must be a string`);
  const values = replacements(call, mapOf(call, given[1], `"${call.name}" params must be a map`), rules);
  const unused: string[] = [];
  let pieces: readonly Piece[] = [{ text: template, done: false }];
  for (const key of longestFirst([...values.keys()])) {
    const before = pieces.length;
    const value = { text: values.get(key) ?? '', done: true };
    pieces = pieces.flatMap((piece) =>
      piece.done ? [piece] : cut(call, evaluation, { ...piece, key, value }),
    );
    if (pieces.length === before) unused.push(key);
  }
  evaluation.spend(call, { characters: template.length });
  if (rules.strict === true && unused.length > 0)
    throw call.error(`The following params were not found in the template: ${unused.join(',')}`);
  return pieces.map(({ text }) => text).join('');
}

interface Cut {
  readonly text: string;
  readonly key: string;
  readonly value: Piece;
}

function cut(call: Call, evaluation: Evaluation, { text, key, value }: Cut): readonly Piece[] {
  const parts = text.split(key);
  const count = parts.length - 1;
  evaluation.spend(call, { characters: count * value.text.length, items: count });
  return parts.flatMap((part, at) => (at === 0 ? [] : [value]).concat({ text: part, done: false }));
}

const longestFirst = (keys: readonly string[]) =>
  keys.toSorted().toSorted((left, right) => right.length - left.length);

function replacements(call: Call, params: JsonMap, rules: ReplaceRules): ReadonlyMap<string, string> {
  const texts = Object.entries(params).map(
    ([key, value]) => [key, replacement(call, [key, value], rules)] as const,
  );
  return new Map(texts.filter(([key]) => key !== ''));
}

function replacement(
  call: Call,
  [key, value]: readonly [string, Json],
  { json, filled }: ReplaceRules,
): string {
  if (!json && (isList(value) || isMap(value)))
    throw call.error(`"${call.name}" params must be strings or numbers, param ${key} is not valid`);
  const isEmpty =
    value === null || value === '' || (typeof value === 'object' && Object.keys(value).length === 0);
  if (filled === true && isEmpty)
    throw call.error(
      `${call.name} has an undefined or empty value for param ${key}, must be a defined non-empty value`,
    );
  if (value === null) return '';
  return typeof value === 'object' ? jsonText(value) : scalarText(value);
}

/** How one version of `list_join` takes its lists. */
interface JoinRules {
  readonly several: boolean;
  readonly json: boolean;
}

const joinFunction = ({ several, json }: JoinRules): IntrinsicFunction => ({
  doc: `The items of ${several ? 'lists' : 'a list'} as one text: [delimiter, list${several ? ', …' : ''}].`,
  check: (call) => {
    const example = several ? '[ " ", [ "str1", "str2"] ...]' : '[ " ", [ "str1", "str2"]]';
    parts(call, incorrect(call.name, example), several ? [2, Infinity] : [2, 2]);
  },
  resolve: (call, evaluation) => {
    const [delimiter = '', ...lists] = parts(call, '');
    const items = lists
      .map((list) => evaluation.value(list))
      .flatMap((list) =>
        listOf(call, several && !list ? null : list, `"${call.name}" must operate on a list`),
      );
    const between = textOf(call, evaluation.value(delimiter), `"${call.name}" delimiter must be a string`);
    const texts = items.map((item) => joined(call, item, json));
    const characters = texts.reduce((sum, text) => sum + text.length + between.length, 0);
    evaluation.spend(call, { characters });
    return texts.join(between);
  },
});

function joined(call: Call, item: Json, json: boolean): string {
  if (item === null) return '';
  if (typeof item === 'string') return item;
  if (json && typeof item === 'object') return jsonText(item);
  throw call.error(`Items to join must be ${json ? 'string, map or list' : 'strings'} not ${quoted(item)}`);
}

export const join = joinFunction({ several: false, json: false });
export const joinLists = joinFunction({ several: true, json: true });

const splitExample = (name: string) => incorrect(name, '[ ",", "apples,pears", <index>]');

export const strSplit: IntrinsicFunction = {
  doc: 'The parts of a text, or one of them: [delimiter, text, index].',
  check: (call) => {
    if (typeof call.argument === 'string' || isExpressionMap(call.argument))
      throw call.error(splitExample(call.name));
  },
  resolve: (call, evaluation) => {
    const given = listOf(call, evaluation.value(call.argument), splitExample(call.name));
    const [delimiter, text, index] = given;
    if (given.length < 2 || given.length > 3) throw call.error(splitExample(call.name));
    if (text === null || text === undefined) return null;
    const found = split(call, evaluation, [delimiter ?? null, text]);
    return index === undefined ? found : partAt(call, found, index);
  },
};

function partAt(call: Call, found: readonly string[], index: Json): string {
  const at =
    typeof index === 'number' || /^\s*-?\d+\s*$/.test(plainText(index))
      ? Math.trunc(Number(index))
      : Number.NaN;
  if (Number.isNaN(at))
    throw call.error(`Incorrect index to "${call.name}" should be: ${splitExample(call.name)}`);
  const part = found.at(at);
  if (part === undefined)
    throw call.error(`Incorrect index to "${call.name}" should be between 0 and ${found.length - 1}`);
  return part;
}

function split(
  call: Call,
  evaluation: Evaluation,
  [delimiter, text]: readonly [Json, Json],
): readonly string[] {
  const between = textOf(call, delimiter, `Delimiter for ${call.name} must be string`);
  if (between === '') throw call.error(`Delimiter for ${call.name} may not be empty`);
  const whole = textOf(call, text, `String to split must be string; got ${quoted(text)}`);
  const found = whole.split(between);
  evaluation.spend(call, { items: found.length, characters: whole.length });
  return found;
}

export const fnSplit: IntrinsicFunction = {
  doc: 'The parts of a text: [delimiter, text].',
  check: (call) => void parts(call, incorrect(call.name, '[ ",", "str1,str2"]'), [2, 2]),
  resolve: (call, evaluation) => {
    const [delimiter = null, text = null] = listOf(call, evaluation.value(call.argument), '');
    return split(call, evaluation, [delimiter, text]);
  },
};

/** It encodes nothing: what takes user data takes it plain. */
export const fnBase64: IntrinsicFunction = {
  doc: 'The text as it is.',
  resolve: (call, evaluation) =>
    textOf(call, evaluation.value(call.argument), `"${call.name}" argument must be a string`),
};

const ALGORITHMS = ['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512'];

export const digest: IntrinsicFunction = {
  doc: 'A digest of a text, in hexadecimal: [algorithm, text].',
  resolve: (call, evaluation) => {
    const given = evaluation.value(call.argument);
    if (!isList(given) || !given.every((item) => typeof item === 'string'))
      throw call.error(`Argument to function "${call.name}" must be a list of strings`);
    const [algorithm = '', value = '', ...rest] = given;
    if (given.length < 2 || rest.length > 0)
      throw call.error(`Function "${call.name}" usage: ["<algorithm>", "<value>"]`);
    if (!ALGORITHMS.includes(algorithm.toLowerCase()))
      throw call.error(`Algorithm must be one of ${ALGORITHMS.join(', ')}`);
    return createHash(algorithm.toLowerCase()).update(value, encodingOf(value)).digest('hex');
  },
};

/** Heat digests Latin 1, and refuses what is none. */
const encodingOf = (value: string) => (Array.from(value).every((one) => one <= 'ÿ') ? 'latin1' : 'utf8');
