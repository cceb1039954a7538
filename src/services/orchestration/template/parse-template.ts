import { Call, isExpressionMap, isPlain, type Expression } from './expression.ts';
import { isList, isMap, kindOf, plainText, type Json, type JsonMap } from './json.ts';
import { parseParameter, type ParameterSchema } from './parameter-schema.ts';
import { pseudoParameterNames } from './parameters.ts';
import { ExpressionParser } from './parse-expression.ts';
import { Place } from './place.ts';
import { readText } from './read-text.ts';
import type {
  DeletionPolicy,
  OutputDefinition,
  ParameterGroup,
  ResourceDefinition,
  Template,
} from './template.ts';
import { VERSIONS, type Version } from './versions.ts';

/** What reads one template. */
interface Reading {
  readonly version: Version;
  readonly root: Place;
  readonly values: ExpressionParser;
}

/**
 * Reads a template, as text (YAML or JSON) or as what a client has read, and checks all that can be checked before parameters
 * and resource types are known.
 * @throws CloudError; its message names the path, and for texts the line.
 */
export function parseTemplate(given: string | Json): Template {
  const { value, locate } = readText(given, 'template');
  const root = Place.root(locate);
  const template = readTemplate(value, root);
  root.forgetSource();
  return template;
}

function readTemplate(source: JsonMap, root: Place): Template {
  const version = versionOf(source, root);
  const { sections } = version.words;
  checkSections(source, version, root);
  const resources = mapAt(source, sections.resources, root);
  const values = new ExpressionParser(version, (name) => Object.hasOwn(resources, name));
  const reading: Reading = { version, root, values };
  const parameters = readParameters(source, reading);
  const template: Template = {
    kind: version.kind,
    version: version.date,
    description: descriptionOf(source[sections.description]) ?? 'No description',
    parameters,
    parameterGroups: readGroups(source, reading, parameters),
    resources: readResources(resources, reading),
    outputs: readOutputs(source, reading),
    conditions: readConditions(source, reading),
    mappings: sections.mappings === null ? {} : mapAt(source, sections.mappings, root),
    source,
  };
  checkReferences(template, root);
  return template;
}

const VERSION_KEYS = [...new Set(VERSIONS.map(({ key }) => key))];

function versionOf(source: JsonMap, root: Place): Version {
  const keys = VERSION_KEYS.filter((key) => Object.hasOwn(source, key));
  const [key] = keys;
  if (key === undefined) throw root.error('Template format version not found.');
  if (keys.length > 1) throw root.error(`Ambiguous template version: ${keys.join(', ')}`);
  const said = source[key];
  const version = VERSIONS.find((one) => one.key === key && (one.date === said || one.alias === said));
  if (version !== undefined) return version;
  const known = VERSIONS.filter((one) => one.key === key).flatMap(({ date, alias }) => [date, alias ?? []]);
  throw root
    .child(key)
    .error(
      `The template version is invalid: "${key}: ${plainText(said ?? null)}". "${key}" should be one of: ${known.flat().join(', ')}`,
      'InvalidTemplateVersion',
    );
}

function checkSections(source: JsonMap, { key, words, conditionFunctions }: Version, root: Place): void {
  const { conditions, ...others } = words.sections;
  const known: readonly (string | null)[] = [key, ...Object.values(others), conditionFunctions && conditions];
  const unknown = Object.keys(source).find((section) => !known.includes(section));
  if (unknown !== undefined)
    throw root.child(unknown).error(`The template section is invalid: ${unknown}`, 'InvalidTemplateSection');
}

/** A section that is empty is as one that is not there. */
function mapAt(source: JsonMap, section: string, root: Place): JsonMap {
  const given = source[section] ?? {};
  if (isMap(given)) return given;
  if (isList(given) && given.length === 0) return {};
  throw root.child(section).error(`"${section}" must contain a map. Found a [${kindOf(given)}] instead`);
}

const descriptionOf = (given: Json | undefined): string | undefined =>
  given === undefined || given === null
    ? undefined
    : typeof given === 'string'
      ? given
      : JSON.stringify(given);

/** Each entry of a section, read. */
const eachOf = <T>(map: JsonMap, place: Place, read: (given: Json, at: Place) => T): ReadonlyMap<string, T> =>
  new Map(Object.entries(map).map(([name, given]) => [name, read(given, place.child(name))]));

function readParameters(source: JsonMap, { version, root }: Reading): ReadonlyMap<string, ParameterSchema> {
  const section = version.words.sections.parameters;
  const rules = { kind: version.kind, ...version.parameters };
  const place = root.child(section);
  return eachOf(mapAt(source, section, root), place, (given, at) => {
    const name = String(at.path.at(-1));
    if (pseudoParameterNames(version.kind).includes(name))
      throw at.error(`The name ${name} is that of a pseudo parameter`, 'InvalidTemplateParameter');
    return parseParameter(given, at, rules);
  });
}

function readGroups(
  source: JsonMap,
  { version, root }: Reading,
  parameters: ReadonlyMap<string, ParameterSchema>,
): readonly ParameterGroup[] {
  const section = version.words.sections.parameterGroups;
  const given = section === null ? null : (source[section] ?? null);
  if (section === null || given === null) return [];
  const place = root.child(section);
  if (!isList(given)) throw place.error(`Parameter Groups error: The ${section} should be a list.`);
  const grouped = new Set<string>();
  return given.map((group, at) => readGroup(group, place.child(at), { grouped, parameters }));
}

interface Grouping {
  readonly grouped: Set<string>;
  readonly parameters: ReadonlyMap<string, ParameterSchema>;
}

function readGroup(given: Json, place: Place, { grouped, parameters }: Grouping): ParameterGroup {
  const fail = (reason: string) => place.error(`Parameter Groups error: ${reason}`);
  if (!isMap(given)) throw fail('Each parameter group should be a map.');
  const names = given['parameters'];
  if (names === undefined || names === null)
    throw fail('The parameters must be provided for each parameter group.');
  if (!isList(names)) throw fail('The parameters of parameter group should be a list.');
  for (const name of names.map(String)) {
    if (grouped.has(name)) throw fail(`The ${name} parameter must be assigned to one parameter group only.`);
    if (!parameters.has(name))
      throw fail(`The grouped parameter ${name} does not reference a valid parameter.`);
    grouped.add(name);
  }
  return {
    label: descriptionOf(given['label']) ?? null,
    description: descriptionOf(given['description']) ?? null,
    parameters: names.map(String),
  };
}

function readResources(resources: JsonMap, reading: Reading): ReadonlyMap<string, ResourceDefinition> {
  const place = reading.root.child(reading.version.words.sections.resources);
  return eachOf(resources, place, (given, at) => readResource(given, at, reading));
}

function readResource(given: Json, place: Place, { version, values }: Reading): ResourceDefinition {
  const { resource: words } = version.words;
  const name = String(place.path.at(-1));
  if (name === '' || name.includes('/')) throw place.error('Resource names may not be empty or contain "/"');
  const fields = definitionAt(given, place, { kind: 'resource', needed: words.type });
  checkKeywords(fields, place, version);
  const field = (key: string) => ({ given: fields[key], place: place.child(key) });
  const read = (key: string) => values.value(fields[key] ?? null, place.child(key));
  const mapOr = (key: string) => mapExpression(read(key), { name, key, place: place.child(key) });
  return {
    name,
    type: resourceType(fields[words.type], place.child(words.type), name),
    properties: mapOr(words.properties),
    metadata: mapOr(words.metadata),
    dependsOn: dependsOn(field(words.dependsOn), name),
    deletionPolicy: deletionPolicy(field(words.deletionPolicy), version),
    updatePolicy: mapOr(words.updatePolicy),
    condition: conditionAt(fields[words.condition], place.child(words.condition), values),
    externalId: words.externalId === null ? null : read(words.externalId),
    description: descriptionOf(fields[words.description]) ?? '',
    path: place.toString(),
  };
}

function definitionAt(
  given: Json,
  place: Place,
  { kind, needed }: { kind: 'resource' | 'output'; needed: string },
): JsonMap {
  if (given !== null && !isMap(given))
    throw place.error(`"${kind}s" must contain a map of ${kind} maps. Found a [${kindOf(given)}] instead`);
  if (given === null || !Object.hasOwn(given, needed))
    throw place.error(`Each ${kind} must contain a ${needed} key.`);
  return given;
}

function checkKeywords(fields: JsonMap, place: Place, { words, conditionFunctions }: Version): void {
  const { condition, externalId, ...others } = words.resource;
  const newer = conditionFunctions === null ? [] : [condition, externalId];
  const known: readonly (string | null)[] = [...Object.values(others), ...newer];
  const unknown = Object.keys(fields).find((key) => !known.includes(key));
  if (unknown !== undefined)
    throw place.child(unknown).error(`Invalid keyword(s) inside a resource definition: ${unknown}`);
}

function resourceType(given: Json | undefined, place: Place, name: string): string {
  if (typeof given !== 'string' || given === '')
    throw place.error(`Resource ${name} ${String(place.path.at(-1))} type must be string`);
  return given;
}

/** Nothing said is an empty map; a call may make one. */
function mapExpression(
  expression: Expression,
  { name, key, place }: { name: string; key: string; place: Place },
): Expression {
  if (expression === null) return {};
  if (expression instanceof Call || isExpressionMap(expression)) return expression;
  throw place.error(`Resource ${name} ${key} type must be object`);
}

interface Field {
  readonly given: Json | undefined;
  readonly place: Place;
}

function dependsOn({ given, place }: Field, name: string): readonly string[] {
  const names = given === undefined || given === null ? [] : typeof given === 'string' ? [given] : given;
  const key = String(place.path.at(-1));
  if (!isList(names)) throw place.error(`Resource ${name} ${key} type must be list or string`);
  return names.map((one) => {
    if (typeof one !== 'string') throw place.error(`Resource ${name} ${key} must be a list of strings`);
    return one;
  });
}

const POLICIES: readonly DeletionPolicy[] = ['Delete', 'Retain', 'Snapshot'];

/** In HOT since 2016-10-14, in small letters too. */
function deletionPolicy({ given, place }: Field, { kind, conditionFunctions }: Version): DeletionPolicy {
  if (given === undefined || given === null) return 'Delete';
  const small = kind === 'hot' && conditionFunctions !== null;
  const policy = POLICIES.find((one) => one === given || (small && one.toLowerCase() === given));
  if (policy === undefined) throw place.error(`Invalid deletion policy "${plainText(given)}"`);
  return policy;
}

function conditionAt(given: Json | undefined, place: Place, values: ExpressionParser): Expression {
  if (given === undefined || given === null) return null;
  const condition = values.condition(given, place);
  if (typeof condition === 'string' || typeof condition === 'boolean' || condition instanceof Call)
    return condition;
  throw place.error(
    `Invalid condition "${JSON.stringify(given)}": it must be a name, a boolean or a function`,
  );
}

function readOutputs(
  source: JsonMap,
  { version, root, values }: Reading,
): ReadonlyMap<string, OutputDefinition> {
  const { sections, output: words } = version.words;
  const known = [words.value, words.description, version.conditionFunctions && words.condition];
  return eachOf(mapAt(source, sections.outputs, root), root.child(sections.outputs), (given, place) => {
    const fields = definitionAt(given, place, { kind: 'output', needed: words.value });
    const unknown = Object.keys(fields).find((key) => !known.includes(key));
    if (unknown !== undefined)
      throw place.child(unknown).error(`"${unknown}" is not a valid keyword inside a output definition`);
    return {
      name: String(place.path.at(-1)),
      description: descriptionOf(fields[words.description]) ?? null,
      value: values.value(fields[words.value] ?? null, place.child(words.value)),
      condition: conditionAt(fields[words.condition], place.child(words.condition), values),
      path: place.toString(),
    };
  });
}

function readConditions(
  source: JsonMap,
  { version, root, values }: Reading,
): ReadonlyMap<string, Expression> {
  const section = version.words.sections.conditions;
  if (version.conditionFunctions === null) return new Map();
  return eachOf(mapAt(source, section, root), root.child(section), (given, place) => {
    const condition = values.condition(given, place);
    if (typeof condition === 'boolean' || condition instanceof Call || typeof condition === 'string')
      return condition;
    throw place.error(
      `The definition of condition "${String(place.path.at(-1))}" is invalid: ${JSON.stringify(given)}`,
    );
  });
}

/** Names of conditions and of `depends_on` that are not there; references in values are checked with `dependencies`. */
function checkReferences({ resources, outputs, conditions }: Template, root: Place): void {
  for (const { condition, path } of [...resources.values(), ...outputs.values()])
    if (typeof condition === 'string' && isPlain(condition) && !conditions.has(condition))
      throw root.error(`${path}.condition: Invalid condition "${condition}"`);
  for (const { dependsOn: names, name, path } of resources.values()) {
    const wrong = names.find((one) => !resources.has(one) || one === name);
    if (wrong !== undefined && wrong !== name)
      throw root.error(
        `The specified reference "${wrong}" (in ${path}.depends_on) is incorrect.`,
        'InvalidTemplateReference',
      );
  }
}
