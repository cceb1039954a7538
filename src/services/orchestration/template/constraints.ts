import { messageOf } from '#kernel/errors.ts';
import { matchesWhole } from '#kernel/bounded-match.ts';
import { CLOUD_CONSTRAINTS, PURE_CONSTRAINTS } from './custom-constraints.ts';
import { isList, isMap, jsonText, sameJson, type Json } from './json.ts';

export interface Bounds {
  readonly min?: number;
  readonly max?: number;
}

/** What a value must keep, in the form that templates write and the API shows: one rule, and what to say when it is broken. */
export type Constraint = { readonly description?: string } & (
  | { readonly length: Bounds }
  | { readonly range: Bounds }
  | { readonly modulo: { readonly step: number; readonly offset: number } }
  | { readonly allowed_values: readonly Json[] }
  | { readonly allowed_pattern: string }
  | { readonly custom_constraint: string }
);

/** A custom constraint that only the cloud can check: whether there is such a flavor, image, network … */
export interface CloudCheck {
  /** `nova.flavor` */
  readonly constraint: string;
  readonly value: Json;
  /** Where the value stands, for the message. */
  readonly place: string;
  readonly description?: string;
}

/** How values are checked. */
export interface Checking {
  readonly now: Date;
  /** Takes what the cloud must be asked; without it, that is not checked. */
  readonly later?: (check: CloudCheck) => void;
}

/** One value under its constraints. */
export interface Checked {
  readonly value: Json;
  /** The type by which texts of templates are compared with it. */
  readonly type: string;
  readonly place: string;
}

/** @returns what is wrong, in Heat's words or the template's; null when nothing is. */
export function violation(
  constraints: readonly Constraint[],
  checked: Checked,
  checking: Checking,
): string | null {
  for (const constraint of constraints) {
    const wrong = broken(constraint, checked, checking);
    if (wrong !== null) return constraint.description ?? wrong;
  }
  return null;
}

function broken(constraint: Constraint, checked: Checked, checking: Checking): string | null {
  const { value, type } = checked;
  if ('length' in constraint) return lengthBroken(constraint.length, value);
  if ('range' in constraint) return rangeBroken(constraint.range, value);
  if ('modulo' in constraint) return moduloBroken(constraint.modulo, value);
  if ('allowed_values' in constraint) return allowedBroken(constraint.allowed_values, value, type);
  if ('allowed_pattern' in constraint) return patternBroken(constraint.allowed_pattern, value);
  return customBroken(constraint, checked, checking);
}

const within = (size: number, { min, max }: Bounds) =>
  (min === undefined || size >= min) && (max === undefined || size <= max);

const boundsText = ({ min, max }: Bounds) => `(min: ${min ?? 'None'}, max: ${max ?? 'None'})`;

function lengthBroken(bounds: Bounds, value: Json): string | null {
  const length = isList(value)
    ? value.length
    : isMap(value)
      ? Object.keys(value).length
      : Array.from(textOf(value)).length;
  return within(length, bounds) ? null : `length (${length}) is out of range ${boundsText(bounds)}`;
}

function rangeBroken(bounds: Bounds, value: Json): string | null {
  const number = toNumber(value);
  if (number === undefined) return notOfType(value, 'number');
  return within(number, bounds) ? null : `${number} is out of range ${boundsText(bounds)}`;
}

function moduloBroken({ step, offset }: { step: number; offset: number }, value: Json): string | null {
  const number = toNumber(value);
  if (number === undefined) return notOfType(value, 'number');
  // The remainder has the sign of the step.
  const remainder = ((number % step) + step) % step;
  return remainder === offset ? null : `${number} is not a multiple of ${step} with an offset of ${offset}`;
}

function allowedBroken(allowed: readonly Json[], value: Json, type: string): string | null {
  const isAllowed = (item: Json) =>
    allowed.some((one) => sameJson(comparable(one, type), comparable(item, type)));
  if (isList(value) ? value.every(isAllowed) : isAllowed(value)) return null;
  return `${jsonText(value)} is not an allowed value [${allowed.map(jsonText).join(', ')}]`;
}

function patternBroken(pattern: string, value: Json): string | null {
  const text = textOf(value);
  try {
    return matchesWhole(pattern, text) ? null : `"${text}" does not match pattern "${pattern}"`;
  } catch (thrown) {
    return `The pattern "${pattern}" cannot be applied: ${messageOf(thrown)}`;
  }
}

function customBroken(
  constraint: { custom_constraint: string; description?: string },
  { value, place }: Checked,
  { now, later }: Checking,
): string | null {
  const { custom_constraint: name, description } = constraint;
  const pure = PURE_CONSTRAINTS[name];
  if (pure !== undefined) {
    const wrong = pure(value, now);
    if (wrong === null) return null;
    return `Error validating value '${textOf(value)}'${wrong === '' ? '' : `: ${wrong}`}`;
  }
  if (!CLOUD_CONSTRAINTS.has(name))
    return `"${textOf(value)}" does not validate ${name} (constraint not found)`;
  later?.({ constraint: name, value, place, ...(description === undefined ? {} : { description }) });
  return null;
}

const textOf = (value: Json): string => (typeof value === 'string' ? value : jsonText(value));

export const notOfType = (value: Json, type: string): string =>
  `Value "${textOf(value)}" is invalid for data type "${type}".`;

/** "80" and 80 are the same number, "true" and true the same boolean. */
function comparable(value: Json, type: string): Json {
  if (type === 'number' || type === 'integer') return toNumber(value) ?? value;
  if (type === 'boolean') return toBoolean(value) ?? value;
  return type === 'string' && !isList(value) ? textOf(value) : value;
}

/** The number that a text or a number is; undefined for anything else, also for what is not finite. */
export function toNumber(value: Json): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value === 'boolean') return Number(value);
  if (typeof value !== 'string' || !/^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(value))
    return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}

const TRUE = new Set(['1', 't', 'true', 'on', 'y', 'yes']);
const FALSE = new Set(['0', 'f', 'false', 'off', 'n', 'no']);

/** What parameters take for true and false. */
export function toBoolean(value: Json): boolean | undefined {
  if (typeof value === 'boolean') return value;
  const text = textOf(value).trim().toLowerCase();
  if (TRUE.has(text)) return true;
  return FALSE.has(text) ? false : undefined;
}
