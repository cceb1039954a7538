import { evaluate } from './evaluate.ts';
import { parse } from './parse.ts';
import type { Node } from './syntax.ts';
import { yaqlError } from './tokens.ts';
import type { Value } from './values.ts';

/** An expression that has been read. It may be evaluated as often as one likes. */
export type YaqlExpression = Node;

/** No expression that people write is longer. */
const MAX_LENGTH = 64 * 1024;

/** @throws CloudError `bad-request` that names the character. */
export function parseYaql(source: string): YaqlExpression {
  if (source.length > MAX_LENGTH)
    throw yaqlError(`An expression has at most ${MAX_LENGTH} characters`, MAX_LENGTH);
  return parse(source);
}

/**
 * What the expression makes of `data`, which it calls `$`. It sees nothing else, and its steps and texts are counted.
 * @throws CloudError `bad-request` that names the character.
 */
export const evaluateYaql = (expression: YaqlExpression, data: Value): Value => evaluate(expression, data);
