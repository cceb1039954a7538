import type { Static, TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { parse, stringify } from 'yaml';
import { badRequest } from '#kernel/errors.ts';

/** Far above any real payload; a bound for the parser. */
const MAX_YAML = 1 << 20;

/** How one kind of payload goes on the wire and comes off it. */
export interface PayloadCodec<T> {
  encode(value: T): Uint8Array;
  /** @throws CloudError bad-request that says which field is wrong. */
  decode(bytes: Uint8Array): T;
}

/** A payload that is one YAML document of this shape. Unknown fields are dropped, as Go does. */
export const yamlPayload = <S extends TSchema>(name: string, schema: S): PayloadCodec<Static<S>> => ({
  encode: (value) => Buffer.from(stringify(value)),
  decode: (bytes) => decodeYaml(name, schema, bytes),
});

function decodeYaml<S extends TSchema>(name: string, schema: S, bytes: Uint8Array): Static<S> {
  if (bytes.length > MAX_YAML) throw badRequest(`The ${name} payload is above ${MAX_YAML} bytes.`);
  const value = Value.Default(schema, Value.Clean(schema, Value.Convert(schema, parseText(name, bytes))));
  const [error] = Value.Errors(schema, value);
  if (error)
    throw badRequest(`The ${name} payload is wrong at "${error.instancePath}": it ${error.message}.`);
  return value as Static<S>;
}

/** Scalars stay text until the schema says what they are, as in Go: a host may be called 0123, or yes. */
function parseText(name: string, bytes: Uint8Array): unknown {
  try {
    const text = Buffer.from(bytes).toString('utf8');
    const tags = { customTags: (known: string[]) => [...known, 'null'] };
    return withoutNulls(
      parse(text, { schema: 'failsafe', maxAliasCount: 0, logLevel: 'error', ...tags } as never),
    );
  } catch (cause) {
    throw badRequest(`The ${name} payload is not YAML.`, { cause });
  }
}

/** In Go a null leaves a field at its zero value, as if it were not there. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value ?? {};
  const present = Object.entries(value).filter(([, field]) => field !== null);
  return Object.fromEntries(present.map(([key, field]) => [key, withoutNulls(field)]));
}
