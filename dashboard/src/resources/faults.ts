import type { TSchema } from 'typebox';
import { Value } from 'typebox/value';

export type Schema = TSchema;
/** What is wrong, by the field of the body. */
export type Faults = Readonly<Record<string, string>>;

/** What the API would refuse, in its own words. */
export function faultsIn(schema: Schema, body: unknown): Faults {
  const errors = Value.Errors(schema, body).map(({ instancePath, message }) => [instancePath.split('/')[1] ?? '', message]);
  return Object.fromEntries(errors.toReversed()) as Faults;
}
