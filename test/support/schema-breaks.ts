import { Value } from 'typebox/value';
import type { TSchema } from 'typebox';

/** A value that is right but for one constraint of its schema. */
export interface Break {
  /** `body.nets.0.v4-fixed-ip is too short`. */
  readonly what: string;
  readonly value: unknown;
}

/** What JSON Schema says, as far as our schemas say it. */
interface Schema {
  readonly type?: string;
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** Words that look like something: the first that a pattern likes stands for it. */
const SAMPLES = [
  'web',
  '1',
  '80',
  'always',
  'True',
  '-1',
  '10.0.0.9',
  'fd00::9',
  'a',
  '80/tcp',
  '0644',
  '/',
  '0'.repeat(36),
  '0'.repeat(64),
];
const UNKNOWN = 'colour';

/** The least that a schema takes. */
export function leastOf(schema: TSchema): unknown {
  return least(schema);
}

/**
 * Breaks one constraint after the other, at any depth, each in the least value that has the broken place.
 * @param accepts whether a whole value is right after all: another branch of a union may take it
 */
export function breaksOf(
  schema: TSchema,
  accepts: (value: unknown) => boolean = (value) => Value.Check(schema, value),
): Break[] {
  return [...walk(schema as Schema, 'it', (value) => value)].filter(({ value }) => !accepts(value));
}

type Rebuild = (value: unknown) => unknown;

function* walk(schema: Schema, place: string, rebuild: Rebuild): Generator<Break> {
  const broken = (why: string, value: unknown): Break => ({ what: `${place} ${why}`, value: rebuild(value) });
  for (const branch of schema.anyOf ?? []) yield* walk(branch, place, rebuild);
  if (schema.anyOf || schema.type) yield broken('is of another type', [{ odd: true }]);
  if ('const' in schema) yield broken('is another word', `not ${String(schema.const)}`);
  if (schema.type === 'string') yield* textBreaks(schema, broken);
  if (schema.type === 'integer' || schema.type === 'number') yield* numberBreaks(schema, broken);
  if (schema.type === 'array') yield* listBreaks(schema, { place, rebuild, broken });
  if (schema.type === 'object') yield* objectBreaks(schema, { place, rebuild, broken });
}

type Broken = (why: string, value: unknown) => Break;

function* textBreaks(schema: Schema, broken: Broken): Generator<Break> {
  const { minLength = 0, maxLength, pattern, format } = schema;
  const sample = String(least(schema));
  if (minLength > 0) yield broken('is too short', sample.slice(0, minLength - 1));
  if (maxLength !== undefined)
    yield broken('is too long', sample.padEnd(maxLength + 1, sample.at(-1) ?? 'x'));
  if (pattern !== undefined || format !== undefined) yield broken('is of another form', '!! no such form');
}

function* numberBreaks({ type, minimum, maximum }: Schema, broken: Broken): Generator<Break> {
  yield broken('is no number', 'many');
  if (minimum !== undefined) yield broken('is too small', minimum - 1);
  if (maximum !== undefined) yield broken('is too large', maximum + 1);
  if (type === 'integer') yield broken('is a fraction', (minimum ?? 0) + 1.5);
}

interface Place {
  readonly place: string;
  readonly rebuild: Rebuild;
  readonly broken: Broken;
}

function* listBreaks(schema: Schema, { place, rebuild, broken }: Place): Generator<Break> {
  const { items = {}, minItems = 0, maxItems } = schema;
  if (minItems > 0) yield broken('has too few', Array(minItems - 1).fill(least(items)));
  if (maxItems !== undefined) yield broken('has too many', Array(maxItems + 1).fill(least(items)));
  yield* walk(items, `${place}.0`, (value) => rebuild([value]));
}

function* objectBreaks(schema: Schema, { place, rebuild, broken }: Place): Generator<Break> {
  const { properties = {}, patternProperties = {}, additionalProperties, required = [] } = schema;
  const whole = least(schema) as Record<string, unknown>;
  for (const name of required) {
    const { [name]: _missing, ...rest } = whole;
    yield broken(`lacks ${name}`, rest);
  }
  if (additionalProperties === false) yield broken('has too much', { ...whole, [UNKNOWN]: 'red' });
  for (const [name, inner] of Object.entries(properties))
    yield* walk(inner, `${place}.${name}`, (value) => rebuild({ ...whole, [name]: value }));
  for (const [pattern, inner] of Object.entries(patternProperties)) {
    const name = sampleOf({ type: 'string', pattern });
    yield* walk(inner, `${place}.${name}`, (value) => rebuild({ ...whole, [name]: value }));
  }
}

function least(schema: Schema): unknown {
  if ('const' in schema) return schema.const;
  if (schema.anyOf) return least(schema.anyOf[0] ?? {});
  switch (schema.type) {
    case 'string':
      return sampleOf(schema);
    case 'integer':
    case 'number':
      return Math.max(schema.minimum ?? 1, 1);
    case 'boolean':
      return true;
    case 'array':
      return Array.from({ length: schema.minItems ?? 0 }, () => least(schema.items ?? {}));
    case 'object':
      return Object.fromEntries(
        (schema.required ?? []).map((name) => [name, least(schema.properties?.[name] ?? {})]),
      );
    default:
      return null;
  }
}

function sampleOf(schema: Schema): string {
  const found = SAMPLES.find((sample) => Value.Check(schema as TSchema, sample));
  if (found === undefined) throw new Error(`No sample fits ${JSON.stringify(schema)}.`);
  return found;
}
