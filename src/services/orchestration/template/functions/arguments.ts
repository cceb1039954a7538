import { isExpressions, type Call, type Expression } from '../expression.ts';
import { isList, isMap, type Json, type JsonMap } from '../json.ts';

/** The parts of an argument that is a list as it stands. @throws CloudError with `message` when it is none of such a length. */
export function parts(
  call: Call,
  message: string,
  lengths: readonly [number, number] = [0, Infinity],
): readonly Expression[] {
  const [least, most] = lengths;
  const { argument } = call;
  if (!isExpressions(argument) || argument.length < least || argument.length > most)
    throw call.error(message);
  return argument;
}

export const incorrect = (name: string, example: string) =>
  `Incorrect arguments to "${name}" should be: "${name}" : ${example}`;

/** A list; null is an empty one, as what is not known yet. */
export function listOf(call: Call, value: Json, message: string): readonly Json[] {
  if (value === null) return [];
  if (!isList(value)) throw call.error(message);
  return value;
}

/** A map; null is an empty one. */
export function mapOf(call: Call, value: Json, message: string): JsonMap {
  if (value === null) return {};
  if (!isMap(value)) throw call.error(message);
  return value;
}

export function textOf(call: Call, value: Json, message: string): string {
  if (typeof value !== 'string') throw call.error(message);
  return value;
}

/** How a wrong value is quoted: not all of it. */
export const quoted = (value: Json): string => (JSON.stringify(value) ?? '').slice(0, 200);
