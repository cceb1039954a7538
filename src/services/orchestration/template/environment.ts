import { badRequest } from '#kernel/errors.ts';
import { entry, isList, isMap, plainText, type Json, type JsonMap } from './json.ts';
import { eventSinksOf } from './event-sinks.ts';
import type { ParameterSchema } from './parameter-schema.ts';
import { readText } from './read-text.ts';
import { Registry } from './registry.ts';

/** What a stack is made in: values of parameters, defaults for all templates below it, and what types stand for. */
export interface Environment {
  readonly parameters: JsonMap;
  readonly parameterDefaults: JsonMap;
  readonly registry: Registry;
  readonly encryptedParamNames: readonly string[];
  readonly eventSinks: readonly JsonMap[];
  /** As `GET …/environment` shows it. */
  readonly source: JsonMap;
}

const MAPS = ['parameters', 'parameter_defaults', 'resource_registry', 'parameter_merge_strategies'];
const LISTS = ['encrypted_param_names', 'event_sinks'];

const refused = (message: string, code = 'StackValidationFailed') => badRequest(message, { code });

/**
 * Reads an environment: a text (YAML or JSON), or what a client has read.
 * @throws CloudError that names the section.
 */
export const parseEnvironment = (given: string | Json | undefined): Environment =>
  environmentOf(readSections(given));

/** Sections that are not known, or empty, are refused. */
function readSections(given: string | Json | undefined): JsonMap {
  if (given === undefined || given === null || given === '') return {};
  const { value } = readText(given, 'environment');
  for (const [section, content] of Object.entries(value)) {
    if (![...MAPS, ...LISTS].includes(section)) throw refused(`environment has wrong section "${section}"`);
    if (content === null) throw refused(`environment has empty section "${section}"`);
    if (MAPS.includes(section) && !isMap(content))
      throw refused(`The section "${section}" of the environment must be a map`);
    if (LISTS.includes(section) && !isList(content))
      throw refused(`The section "${section}" of the environment must be a list`);
  }
  return value;
}

function environmentOf(sections: JsonMap): Environment {
  const map = (name: string): JsonMap => {
    const found = sections[name];
    return isMap(found) ? found : {};
  };
  const list = (name: string): readonly Json[] => {
    const found = sections[name];
    return found !== undefined && isList(found) ? found : [];
  };
  const registry = Registry.parse(map('resource_registry'));
  const encryptedParamNames = list('encrypted_param_names').map(String);
  const eventSinks = eventSinksOf(list('event_sinks'));
  const parameters = map('parameters');
  const parameterDefaults = map('parameter_defaults');
  return {
    parameters,
    parameterDefaults,
    registry,
    encryptedParamNames,
    eventSinks,
    source: {
      parameters,
      parameter_defaults: parameterDefaults,
      resource_registry: registry.toJson(),
      encrypted_param_names: encryptedParamNames,
      event_sinks: eventSinks,
    },
  };
}

type Strategy = 'overwrite' | 'merge' | 'deep_merge';
const STRATEGIES: readonly Strategy[] = ['overwrite', 'merge', 'deep_merge'];

/**
 * Several environments as one, in their order: `environment_files`. The later wins, or is merged with what was there, as its
 * `parameter_merge_strategies` say. The schemas are those of all templates of the request.
 * @throws CloudError InvalidMergeStrategyForParam …
 */
export function mergeEnvironments(
  given: readonly (string | Json)[],
  schemas: ReadonlyMap<string, ParameterSchema>,
): Environment {
  const all = given.map(readSections);
  const merged = all.reduce<JsonMap>((before, next) => mergeSections(before, next, schemas), {});
  return environmentOf(merged);
}

function mergeSections(
  before: JsonMap,
  next: JsonMap,
  schemas: ReadonlyMap<string, ParameterSchema>,
): JsonMap {
  const strategies = mapIn(next, 'parameter_merge_strategies');
  const parameters = (section: string): JsonMap => {
    const old = mapIn(before, section);
    const entries = Object.entries(mapIn(next, section)).map(([name, value]) => {
      const strategy = strategyFor(name, strategies);
      return [name, mergedValue({ old: entry(old, name), value, strategy }, schemas.get(name), name)];
    });
    return { ...old, ...(Object.fromEntries(entries) as JsonMap) };
  };
  return {
    ...before,
    ...next,
    parameters: parameters('parameters'),
    parameter_defaults: parameters('parameter_defaults'),
    resource_registry: mergeMaps(mapIn(before, 'resource_registry'), mapIn(next, 'resource_registry'), true),
    encrypted_param_names: [
      ...listIn(before, 'encrypted_param_names'),
      ...listIn(next, 'encrypted_param_names'),
    ],
    event_sinks: [...listIn(before, 'event_sinks'), ...listIn(next, 'event_sinks')],
  };
}

const mapIn = (sections: JsonMap, name: string): JsonMap => {
  const found = sections[name];
  return isMap(found) ? found : {};
};
const listIn = (sections: JsonMap, name: string): readonly Json[] => {
  const found = sections[name];
  return found !== undefined && isList(found) ? found : [];
};

function strategyFor(name: string, strategies: JsonMap): Strategy {
  const said = entry(strategies, name) ?? entry(strategies, 'default') ?? 'overwrite';
  const strategy = STRATEGIES.find((one) => one === said);
  if (strategy === undefined) throw badStrategy(plainText(said), name);
  return strategy;
}

const badStrategy = (strategy: string, name: string) =>
  refused(`Invalid merge strategy '${strategy}' for parameter '${name}'.`, 'InvalidMergeStrategyForParam');

interface Merging {
  readonly old: Json | undefined;
  readonly value: Json;
  readonly strategy: Strategy;
}

/** Lists and texts are put together, numbers added, maps merged. */
function mergedValue(
  { old, value, strategy }: Merging,
  schema: ParameterSchema | undefined,
  name: string,
): Json {
  if (strategy === 'overwrite' || old === undefined || old === null || schema === undefined) return value;
  switch (schema.type) {
    case 'json':
      return mergedJson(old, value, { deep: strategy === 'deep_merge', name });
    case 'comma_delimited_list':
      return isList(old) && isList(value) ? [...old, ...value] : [old, value].map(listText).join(',');
    case 'string':
      return plainText(old) + plainText(value);
    case 'number':
      return Number(old) + Number(value);
    case 'boolean':
      throw badStrategy(strategy, name);
  }
}

const listText = (value: Json): string => (isList(value) ? value.map(plainText).join(',') : plainText(value));

function mergedJson(old: Json, value: Json, { deep, name }: { deep: boolean; name: string }): Json {
  const [left, right] = [parsedJson(old, name), parsedJson(value, name)];
  return isMap(left) && isMap(right) ? mergeMaps(left, right, deep) : right;
}

function parsedJson(value: Json, name: string): Json {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value) as Json;
  } catch (cause) {
    throw badRequest(`Invalid parameter in environment: ${name} is no JSON.`, {
      code: 'StackValidationFailed',
      cause,
    });
  }
}

/** Null changes nothing. Deep: maps in maps are merged, and lists put together. */
function mergeMaps(old: JsonMap, value: JsonMap, deep: boolean): JsonMap {
  const entries = Object.entries(value).map(([key, next]) => {
    const before = entry(old, key);
    if (next === null && before !== undefined) return [key, before];
    return [key, deep && before !== undefined ? mergeDeep(before, next) : next];
  });
  return { ...old, ...(Object.fromEntries(entries) as JsonMap) };
}

function mergeDeep(before: Json, next: Json): Json {
  if (isMap(before) && isMap(next)) return mergeMaps(before, next, true);
  return isList(before) && isList(next) ? [...before, ...next] : next;
}
