import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import type { TLocalizedValidationError } from 'typebox/error';
import { Value } from 'typebox/value';
import { badRequest } from '../errors.ts';

/** Checks a value and returns it, or throws CloudError `bad-request` with the first thing wrong. */
export type Validator = (value: unknown) => unknown;

export interface ValidatorOptions {
  /** What the value is called in messages: `body`, `query`. */
  readonly subject: string;
  /** Turn text into the numbers, flags and lists that the schema wants: for query strings and path parameters only. */
  readonly convert?: boolean;
}

/** A schema compiled once, when it is first needed: hundreds of routes must not make every start wait. */
export function compileValidator(schema: TSchema, { subject, convert = false }: ValidatorOptions): Validator {
  let compiled: ReturnType<typeof Compile> | undefined;
  return (input) => {
    compiled ??= Compile(schema);
    const value = convert ? Value.Convert(schema, input) : input;
    if (compiled.Check(value)) return value;
    throw badRequest(describe(subject, value, compiled.Errors(value)), { code: 'InvalidInput' });
  };
}

/** The deepest complaint says most: a union's own is only that nothing matched. */
function describe(subject: string, value: unknown, errors: readonly TLocalizedValidationError[]): string {
  const deepest = errors.reduce<TLocalizedValidationError | undefined>(
    (best, error) => (best && depth(best) >= depth(error) ? best : error),
    undefined,
  );
  if (!deepest) return `Invalid input for ${subject}.`;
  if (deepest.keyword === 'additionalProperties' || deepest.keyword === 'unevaluatedProperties') {
    const names = Object.values(deepest.params)
      .flat()
      .map((name) => `'${String(name)}'`)
      .join(', ');
    return `Additional properties are not allowed (${names} was unexpected) in ${place(subject, deepest.instancePath)}.`;
  }
  const found = valueAt(value, deepest.instancePath);
  const shown = found === undefined ? '' : ` Value: ${JSON.stringify(found).slice(0, 100)}.`;
  return `Invalid input for ${place(subject, deepest.instancePath)}: ${deepest.message}.${shown}`;
}

const depth = (error: TLocalizedValidationError): number => error.instancePath.split('/').length;

const place = (subject: string, path: string): string =>
  path === '' ? subject : `${subject} ${path.slice(1).replaceAll('/', '.')}`;

function valueAt(value: unknown, path: string): unknown {
  return path
    .split('/')
    .slice(1)
    .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[unescape(key)], value);
}

const unescape = (key: string): string => key.replaceAll('~1', '/').replaceAll('~0', '~');
