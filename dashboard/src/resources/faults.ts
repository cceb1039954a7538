import type { TSchema } from 'typebox';
import { Value } from 'typebox/value';

export type Schema = TSchema;
/** What is wrong, by the field of the body. */
export type Faults = Readonly<Record<string, string>>;

/** What the API would refuse. @param unexpected says it of a name that is not one of those that may be there */
export function faultsIn(schema: Schema, body: unknown, unexpected: (name: string) => string): Faults {
  const errors = Value.Errors(schema, body).map(({ instancePath, keyword, message }) => {
    const [field = '', ...inner] = instancePath.split('/').slice(1);
    return [field, keyword === 'boolean' ? unexpected(inner.at(-1) ?? field) : message];
  });
  return Object.fromEntries(errors.toReversed()) as Faults;
}
