import { badRequest } from '#kernel/errors.ts';
import { notOfType, toBoolean, toNumber, violation, type Checking } from './constraints.ts';
import { entry, isList, jsonText, plainText, sameJson, type Json, type JsonMap } from './json.ts';
import type { ParameterSchema } from './parameter-schema.ts';
import type { TemplateErrorCode } from './place.ts';
import type { Template } from './template.ts';

/** A parameter with its value, in the type that its schema says. */
export interface ParameterValue {
  readonly schema: ParameterSchema;
  readonly value: Json;
  /** Whether the user gave it; else it is a default. */
  readonly given: boolean;
}

/** What users give, for one stack. */
export interface GivenParameters {
  /** Of the request and of its environment's `parameters`; whatever is no parameter is refused. */
  readonly values: JsonMap;
  /** The environment's `parameter_defaults`; they win over the template's, and may name what is no parameter. */
  readonly defaults?: JsonMap;
  /** Those without a value are left out, and are no error. */
  readonly partly?: boolean;
}

/**
 * The parameters of a stack, typed: numbers, booleans, lists and JSON are read from texts.
 * @throws CloudError UserParameterMissing, UnknownUserParameter, StackValidationFailed (in Heat's words).
 */
export function parameterValues(
  template: Template,
  { values, defaults = {}, partly = false }: GivenParameters,
  checking: Checking,
): ReadonlyMap<string, ParameterValue> {
  for (const name of Object.keys(values)) if (!template.parameters.has(name)) throw unknownParameter(name);
  const named = [...template.parameters.values()].flatMap((schema) => {
    const own = entry(values, schema.name) ?? undefined;
    const value = own ?? entry(defaults, schema.name) ?? schema.default;
    if ((value === undefined || value === null) && partly) return [];
    if (value === undefined || value === null) throw missingParameter(schema.name);
    const read = { schema, value: readParameter(schema, value, checking), given: own !== undefined };
    return [[schema.name, read] as const];
  });
  return new Map(named);
}

const refused = (message: string, code: TemplateErrorCode) => badRequest(message, { code });
const unknownParameter = (name: string) =>
  refused(`The Parameter (${name}) was not defined in template.`, 'UnknownUserParameter');
/** Of a `get_param` too. */
export const missingParameter = (name: string) =>
  refused(`The Parameter (${name}) was not provided.`, 'UserParameterMissing');

/** One value for one parameter. @throws CloudError StackValidationFailed. */
export function readParameter(schema: ParameterSchema, given: Json, checking: Checking): Json {
  const fail = (reason: string) =>
    refused(`Parameter '${schema.name}' is invalid: ${reason}`, 'StackValidationFailed');
  const read = typed(schema, given);
  if ('wrong' in read) throw fail(read.wrong);
  const checked = { value: read.value, type: schema.type, place: `parameters.${schema.name}` };
  const wrong = violation(schema.constraints, checked, checking);
  if (wrong !== null) throw fail(wrong);
  return read.value;
}

function typed({ type }: ParameterSchema, given: Json): { value: Json } | { wrong: string } {
  switch (type) {
    case 'string':
      return { value: plainText(given) };
    case 'number': {
      const value = toNumber(given);
      return value === undefined ? { wrong: notOfType(given, type) } : { value };
    }
    case 'boolean': {
      const value = toBoolean(given);
      return value === undefined
        ? { wrong: `Unrecognized value '${plainText(given)}', acceptable values are: ${BOOLEANS}` }
        : { value };
    }
    case 'comma_delimited_list':
      return typedList(given);
    case 'json':
      return typedJson(given);
  }
}

const BOOLEANS = "'0', '1', 'f', 'false', 'n', 'no', 'off', 'on', 't', 'true', 'y', 'yes'";

function typedList(given: Json): { value: Json } | { wrong: string } {
  if (isList(given)) return { value: given.map(plainText) };
  if (typeof given !== 'string')
    return { wrong: `Value must be a comma-delimited list string: ${jsonText(given)}` };
  return { value: given === '' ? [] : given.split(',') };
}

function typedJson(given: Json): { value: Json } | { wrong: string } {
  if (typeof given !== 'string' || given === '') return { value: given };
  try {
    return { value: JSON.parse(given) as Json };
  } catch (cause) {
    return { wrong: `Value must be valid JSON: ${String(cause)}` };
  }
}

/** As stacks show it: a text, and stars for what is hidden. */
export function shownParameter({ schema, value }: ParameterValue): string {
  if (schema.hidden) return '******';
  return schema.type === 'comma_delimited_list' && isList(value)
    ? value.map(plainText).join(',')
    : plainText(value);
}

/** @throws CloudError ImmutableParameterModified when an update changes what may not change. */
export function checkImmutable(
  before: ReadonlyMap<string, ParameterValue>,
  after: ReadonlyMap<string, ParameterValue>,
): void {
  const changed = [...after.values()].filter(({ schema, value }) => {
    const old = before.get(schema.name);
    return schema.immutable && old !== undefined && !sameJson(old.value, value);
  });
  if (changed.length === 0) return;
  const names = changed.map(({ schema }) => schema.name).join(', ');
  throw refused(
    `The following parameters are immutable and may not be updated: ${names}`,
    'ImmutableParameterModified',
  );
}

/** What identifies the stack in its own template. */
export interface StackIdentity {
  readonly id: string;
  readonly name: string;
  readonly projectId: string;
  readonly region: string;
  /** As AWS spells it: `arn:openstack:heat::<project>:stacks/<name>/<id>`. */
  readonly arn: string;
}

/** `Scope.parameter`: the stack's parameters and its pseudo parameters. */
export function parameterScope(
  template: Template,
  values: ReadonlyMap<string, ParameterValue>,
  stack: StackIdentity,
): (name: string) => Json {
  const pseudo = pseudoParameters(template, stack);
  return (name) => {
    const found = pseudo.get(name) ?? values.get(name)?.value;
    if (found === undefined) throw missingParameter(name);
    return found;
  };
}

const AWS_PSEUDO = ['AWS::StackId', 'AWS::StackName', 'AWS::Region', 'AWS::ProjectId', 'AWS::AccountId'];
const OS_PSEUDO = ['OS::stack_id', 'OS::stack_name', 'OS::region', 'OS::project_id'];

export const pseudoParameterNames = (kind: Template['kind']): readonly string[] =>
  kind === 'cfn' ? AWS_PSEUDO : OS_PSEUDO;

/** The pseudo parameters by their names: `OS::stack_id` …, in CFN `AWS::StackId` …. */
export function pseudoParameters(
  { kind }: Pick<Template, 'kind'>,
  stack: StackIdentity,
): ReadonlyMap<string, string> {
  const id = kind === 'cfn' ? stack.arn : stack.id;
  const values = [id, stack.name, stack.region, stack.projectId, stack.projectId];
  return new Map(pseudoParameterNames(kind).map((name, at) => [name, values[at] ?? '']));
}
