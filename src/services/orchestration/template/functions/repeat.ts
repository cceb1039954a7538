import { isExpressionMap, type Call, type Evaluation } from '../expression.ts';
import { isList, isMap, type Json, type JsonMap } from '../json.ts';
import { mapOf } from './arguments.ts';
import type { IntrinsicFunction } from './function.ts';

/** How one version of `repeat` takes what it goes through. */
interface RepeatRules {
  /** The keys of a map may stand for a list. */
  readonly maps: boolean;
  /** `permutations: false` takes the lists side by side. */
  readonly sideBySide: boolean;
}

const SYNTAX =
  "\"repeat\" syntax should be repeat:\n  template: This is %var%\n  for_each:\n    %var%: ['a', 'b', 'c']";

const repeatFunction = (rules: RepeatRules): IntrinsicFunction => ({
  doc: 'A list of the template once for each combination of values, keys replaced by them: {template, for_each}.',
  check: (call) => {
    const { argument } = call;
    if (!isExpressionMap(argument)) throw call.error(`Arguments to "${call.name}" must be a map`);
    if (!('for_each' in argument && 'template' in argument)) throw call.error(SYNTAX);
    const forEach = argument['for_each'];
    if (Array.isArray(forEach) || typeof forEach !== 'object' || forEach === null)
      throw call.error(`The "for_each" argument to "${call.name}" must contain a map`);
    const permutations = argument['permutations'];
    if (rules.sideBySide && permutations !== undefined && typeof permutations !== 'boolean')
      throw call.error(`"permutations" should be boolean type for ${call.name} function.`);
  },
  resolve: (call, evaluation) => {
    const given = mapOf(call, evaluation.value(call.argument), SYNTAX);
    const nested = !rules.sideBySide || given['permutations'] !== false;
    const forEach = mapOf(
      call,
      given['for_each'] ?? null,
      `The "for_each" argument to "${call.name}" must contain a map`,
    );
    const lists = Object.values(forEach).map((values) => valuesOf(call, values, rules.maps && nested));
    const rounds = nested ? product(call, evaluation, lists) : sideBySide(call, lists);
    const keys = Object.keys(forEach);
    const template = given['template'] ?? null;
    return rounds.map((values) => filled(call, evaluation, { template, keys, values }));
  },
});

export const repeat = repeatFunction({ maps: false, sideBySide: false });
export const repeatMaps = repeatFunction({ maps: true, sideBySide: false });
export const repeatSideBySide = repeatFunction({ maps: true, sideBySide: true });

function valuesOf(call: Call, values: Json, maps: boolean): readonly Json[] {
  // Not known yet, where it is a reference.
  if (values === null) return [];
  if (isList(values)) return values;
  if (maps && isMap(values)) return Object.keys(values);
  throw call.error(
    `The values of the "for_each" argument to "${call.name}" must be lists${maps ? ' or maps' : ''}`,
  );
}

/** The last list goes round fastest. */
function product(call: Call, evaluation: Evaluation, lists: readonly (readonly Json[])[]): readonly Json[][] {
  if (lists.length === 0) return [];
  evaluation.spend(call, { items: lists.reduce((count, list) => count * list.length, lists.length) });
  return lists.reduce<Json[][]>(
    (rounds, list) => rounds.flatMap((round) => list.map((value) => [...round, value])),
    [[]],
  );
}

function sideBySide(call: Call, lists: readonly (readonly Json[])[]): readonly Json[][] {
  const known = lists.filter((list) => list.length > 0);
  const [first = []] = lists;
  if (known.some((list) => list.length !== known[0]?.length))
    throw call.error(`For ${call.name}, the length of for_each values should be equal if no nested loop.`);
  return known.length < lists.length ? [] : first.map((_, at) => lists.map((list) => list[at] ?? null));
}

interface Round {
  readonly template: Json;
  readonly keys: readonly string[];
  readonly values: readonly Json[];
}

function filled(call: Call, evaluation: Evaluation, round: Round): Json {
  const { template } = round;
  if (typeof template === 'string') return replaced(call, evaluation, { ...round, template });
  if (isList(template)) {
    evaluation.spend(call, { items: template.length });
    return template.map((item) => filled(call, evaluation, { ...round, template: item }));
  }
  return isMap(template) ? filledMap(call, evaluation, { ...round, template }) : template;
}

function filledMap(call: Call, evaluation: Evaluation, round: Round & { template: JsonMap }): JsonMap {
  const entries = Object.entries(round.template).map(([key, value]) => [
    replaced(call, evaluation, { ...round, template: key }),
    filled(call, evaluation, { ...round, template: value }),
  ]);
  evaluation.spend(call, { items: entries.length });
  return Object.fromEntries(entries) as JsonMap;
}

function replaced(
  call: Call,
  evaluation: Evaluation,
  { template, keys, values }: Round & { template: string },
): string {
  return keys.reduce((text, key, at) => {
    if (key === '' || !text.includes(key)) return text;
    const value = values[at];
    if (typeof value !== 'string')
      throw call.error(
        `The values of the "for_each" argument to "${call.name}" must be strings where "${key}" stands`,
      );
    evaluation.spend(call, { characters: (text.split(key).length - 1) * value.length + text.length });
    return text.replaceAll(key, () => value);
  }, template);
}
