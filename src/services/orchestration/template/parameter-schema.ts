import { checkPattern } from '#kernel/bounded-match.ts';
import { toNumber, type Bounds, type Constraint } from './constraints.ts';
import { entry, isList, isMap, plainText, type Json, type JsonMap } from './json.ts';
import type { Place } from './place.ts';

export type ParameterType = 'string' | 'number' | 'comma_delimited_list' | 'json' | 'boolean';

/** A parameter as a template declares it. */
export interface ParameterSchema {
  readonly name: string;
  readonly type: ParameterType;
  /** The type as the template's language spells it. */
  readonly typeName: string;
  readonly label: string;
  readonly description: string;
  /** Undefined where the user must give a value. */
  readonly default: Json | undefined;
  /** Shown as `******`. */
  readonly hidden: boolean;
  readonly immutable: boolean;
  readonly tags: readonly string[];
  readonly constraints: readonly Constraint[];
}

/** What parameters may say, which differs between versions. */
export interface ParameterRules {
  readonly kind: 'hot' | 'cfn';
  readonly modulo: boolean;
  readonly tags: boolean;
}

const HOT_TYPES: { readonly [name: string]: ParameterType } = {
  string: 'string',
  number: 'number',
  comma_delimited_list: 'comma_delimited_list',
  json: 'json',
  boolean: 'boolean',
};
const CFN_TYPES: { readonly [name: string]: ParameterType } = {
  String: 'string',
  Number: 'number',
  CommaDelimitedList: 'comma_delimited_list',
  Json: 'json',
  Boolean: 'boolean',
};
const HOT_KEYS = ['type', 'description', 'default', 'schema', 'constraints', 'hidden', 'label', 'immutable'];
const CFN_KEYS = [
  'Type',
  'Default',
  'NoEcho',
  'AllowedValues',
  'AllowedPattern',
  'MaxLength',
  'MinLength',
  'MaxValue',
  'MinValue',
  'Description',
  'ConstraintDescription',
  'Label',
];

/** @throws CloudError InvalidSchemaError with the place. */
export function parseParameter(given: Json, place: Place, rules: ParameterRules): ParameterSchema {
  const name = String(place.path.at(-1));
  const subject = `parameter (${name})`;
  if (!isMap(given)) throw invalid(place, `Invalid ${subject}, expected a mapping`);
  const keys = rules.kind === 'cfn' ? CFN_KEYS : rules.tags ? [...HOT_KEYS, 'tags'] : HOT_KEYS;
  checkKeys(given, place, { keys, subject });
  const schema = rules.kind === 'cfn' ? cfnParameter(name, given, place) : hotParameter(given, place, rules);
  for (const constraint of schema.constraints) checkSuits(constraint, schema.type, place);
  return schema;
}

function hotParameter(given: JsonMap, place: Place, rules: ParameterRules): ParameterSchema {
  const name = String(place.path.at(-1));
  const tags = given['tags'] ?? [];
  if (!isList(tags)) throw invalid(place, `Tags property should be a list for parameter: ${name}`);
  return {
    ...typeOf(given['type'], place, HOT_TYPES),
    name,
    label: textOr(given['label'], name),
    description: textOr(given['description'], ''),
    default: given['default'] ?? undefined,
    hidden: given['hidden'] === true || plainText(given['hidden'] ?? false).toLowerCase() === 'true',
    immutable: given['immutable'] === true || plainText(given['immutable'] ?? false).toLowerCase() === 'true',
    tags: tags.map(String),
    constraints: hotConstraints(given['constraints'], place, rules),
  };
}

function cfnParameter(name: string, given: JsonMap, place: Place): ParameterSchema {
  const said = given['ConstraintDescription'];
  const description = typeof said === 'string' ? { description: said } : {};
  const ranges: readonly Constraint[] = [
    ...bounds(given, place, { min: 'MinValue', max: 'MaxValue' }).map((range) => ({ range, ...description })),
    ...bounds(given, place, { min: 'MinLength', max: 'MaxLength' }).map((length) => ({
      length,
      ...description,
    })),
  ];
  const values = given['AllowedValues'];
  const pattern = given['AllowedPattern'];
  return {
    ...typeOf(given['Type'], place, CFN_TYPES),
    name,
    label: textOr(given['Label'], name),
    description: textOr(given['Description'], ''),
    default: given['Default'] ?? undefined,
    hidden: plainText(given['NoEcho'] ?? false).toLowerCase() === 'true',
    immutable: false,
    tags: [],
    constraints: [
      ...ranges,
      ...(values === undefined ? [] : [{ allowed_values: listOf(values, place), ...description }]),
      ...(pattern === undefined ? [] : [{ allowed_pattern: patternOf(pattern, place), ...description }]),
    ],
  };
}

function typeOf(given: Json | undefined, place: Place, types: { readonly [name: string]: ParameterType }) {
  const name = String(place.path.at(-1));
  if (given === undefined) throw invalid(place, `Missing parameter type for parameter: ${name}`);
  const type = typeof given === 'string' ? entry(types, given) : undefined;
  if (type === undefined || typeof given !== 'string')
    throw invalid(place.child('type'), `Invalid type (${plainText(given)})`);
  return { type, typeName: given };
}

function hotConstraints(given: Json | undefined, place: Place, rules: ParameterRules): readonly Constraint[] {
  if (given === undefined || given === null) return [];
  if (!isList(given))
    throw invalid(
      place,
      `Invalid parameter constraints for parameter ${String(place.path.at(-1))}, expected a list`,
    );
  return given.map((one, at) => hotConstraint(one, place.child('constraints').child(at), rules));
}

const CONSTRAINT_KEYS = [
  'description',
  'length',
  'range',
  'modulo',
  'allowed_values',
  'allowed_pattern',
  'custom_constraint',
];

function hotConstraint(given: Json, place: Place, rules: ParameterRules): Constraint {
  if (!isMap(given)) throw invalid(place, 'Invalid parameter constraints, expected a mapping');
  checkKeys(given, place, { keys: CONSTRAINT_KEYS, subject: 'parameter constraints' });
  const description = typeof given['description'] === 'string' ? { description: given['description'] } : {};
  const { range, length, modulo, allowed_values: values, allowed_pattern: pattern } = given;
  if (modulo !== undefined && rules.modulo) return { modulo: moduloOf(modulo, place), ...description };
  if (range !== undefined) return { range: boundsOf(range, place, 'range'), ...description };
  if (length !== undefined) return { length: boundsOf(length, place, 'length'), ...description };
  if (values !== undefined) return { allowed_values: listOf(values, place), ...description };
  if (pattern !== undefined) return { allowed_pattern: patternOf(pattern, place), ...description };
  const custom = given['custom_constraint'];
  if (typeof custom === 'string') return { custom_constraint: custom, ...description };
  throw invalid(place, 'No constraint expressed');
}

function boundsOf(given: Json, place: Place, kind: 'range' | 'length'): Bounds {
  const subject = `${kind} constraint`;
  if (!isMap(given)) throw invalid(place, `Invalid ${subject}, expected a mapping`);
  checkKeys(given, place, { keys: ['min', 'max'], subject });
  const [found] = bounds(given, place, { min: 'min', max: 'max' });
  if (found === undefined)
    throw invalid(place, `A ${kind} constraint must have a min value and/or a max value specified.`);
  if (kind === 'length' && ![found.min ?? 0, found.max ?? 0].every(Number.isInteger))
    throw invalid(place, 'min/max length must be integral');
  return found;
}

/** One or none. */
function bounds(given: JsonMap, place: Place, keys: { min: string; max: string }): readonly Bounds[] {
  const min = numberAt(given, keys.min, place);
  const max = numberAt(given, keys.max, place);
  if (min === undefined && max === undefined) return [];
  return [{ ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) }];
}

function numberAt(given: JsonMap, key: string, place: Place): number | undefined {
  const value = given[key];
  if (value === undefined || value === null) return undefined;
  const number = toNumber(value);
  if (number === undefined) throw invalid(place, `${key} must be numeric`);
  return number;
}

function moduloOf(given: Json, place: Place): { step: number; offset: number } {
  if (!isMap(given)) throw invalid(place, 'Invalid modulo constraint, expected a mapping');
  checkKeys(given, place, { keys: ['step', 'offset'], subject: 'modulo constraint' });
  const [step, offset] = [numberAt(given, 'step', place), numberAt(given, 'offset', place)];
  if (step === undefined || offset === undefined)
    throw invalid(place, 'A modulo constraint must have a step value and an offset value specified.');
  if (!Number.isInteger(step) || !Number.isInteger(offset))
    throw invalid(place, 'step/offset must be integer');
  if (step === 0) throw invalid(place, 'step cannot be 0.');
  if (Math.abs(offset) >= Math.abs(step))
    throw invalid(place, 'offset must be smaller (by absolute value) than step.');
  if (step * offset < 0) throw invalid(place, 'step and offset must be both positive or both negative.');
  return { step, offset };
}

function listOf(given: Json, place: Place): readonly Json[] {
  if (!isList(given)) throw invalid(place, 'AllowedValues must be a list');
  return given;
}

function patternOf(given: Json, place: Place): string {
  if (typeof given !== 'string') throw invalid(place, 'AllowedPattern must be a string');
  try {
    checkPattern(given);
  } catch (cause) {
    throw invalid(place, `The pattern "${given}" cannot be read: ${String(cause)}`);
  }
  return given;
}

const SUITS: { readonly [kind: string]: readonly ParameterType[] } = {
  range: ['number'],
  modulo: ['number'],
  length: ['string', 'comma_delimited_list', 'json'],
  allowed_values: ['string', 'number', 'boolean', 'comma_delimited_list'],
  allowed_pattern: ['string'],
  custom_constraint: ['string', 'number', 'boolean', 'comma_delimited_list'],
};

function checkSuits(constraint: Constraint, type: ParameterType, place: Place): void {
  const kind = Object.keys(constraint).find((key) => key !== 'description') ?? '';
  if (SUITS[kind]?.includes(type)) return;
  const className = kind.replaceAll(/(^|_)([a-z])/g, (_, __, letter: string) => letter.toUpperCase());
  throw invalid(place, `${className} constraint invalid for ${type}`);
}

function checkKeys(
  given: JsonMap,
  place: Place,
  { keys, subject }: { keys: readonly string[]; subject: string },
) {
  const unknown = Object.keys(given).find((key) => !keys.includes(key));
  if (unknown !== undefined) throw invalid(place.child(unknown), `Invalid key '${unknown}' for ${subject}`);
}

const invalid = (place: Place, message: string) => place.error(message, 'InvalidSchemaError');

const textOr = (value: Json | undefined, otherwise: string): string =>
  value === undefined || value === null || value === '' ? otherwise : plainText(value);
