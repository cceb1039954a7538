import { messageOf } from '#kernel/errors.ts';
import { evaluateYaql, parseYaql, type YaqlExpression } from '#src/yaql/yaql.ts';
import { isExpressionMap, type Call } from '../expression.ts';
import { mapOf, textOf } from './arguments.ts';
import type { IntrinsicFunction } from './function.ts';

const syntax = (name: string) =>
  `"${name}" syntax should be ${name}:\n  expression: $.data.var1.sum()\n  data:\n    var1: [3, 2, 1]`;

export const yaql: IntrinsicFunction = {
  doc: 'What a YAQL expression makes of data: {expression, data}.',
  check: (call) => {
    const { argument } = call;
    if (!isExpressionMap(argument)) throw call.error(`Arguments to "${call.name}" must be a map.`);
    if (
      !('expression' in argument) ||
      Object.keys(argument).some((key) => !['expression', 'data'].includes(key))
    )
      throw call.error(syntax(call.name));
    const { expression } = argument;
    if (typeof expression === 'string') parsed(call, expression);
    else if (typeof expression !== 'object' || expression === null)
      throw call.error(`The "expression" argument to ${call.name} must contain a string.`);
  },
  resolve: (call, evaluation) => {
    const given = mapOf(call, evaluation.value(call.argument), syntax(call.name));
    const message = `The "expression" argument to ${call.name} must contain a string.`;
    const expression = parsed(call, textOf(call, given['expression'] ?? null, message));
    try {
      return evaluateYaql(expression, { data: given['data'] ?? null });
    } catch (thrown) {
      throw call.error(messageOf(thrown));
    }
  },
};

function parsed(call: Call, text: string): YaqlExpression {
  try {
    return parseYaql(text);
  } catch (thrown) {
    throw call.error(`Bad expression ${messageOf(thrown)}`);
  }
}
