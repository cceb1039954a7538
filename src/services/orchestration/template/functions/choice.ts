import {
  isExpressions,
  REMOVED,
  type Call,
  type Evaluation,
  type Expression,
  type ReferenceCollector,
} from '../expression.ts';
import { isList, plainText, sameJson, type Json } from '../json.ts';
import type { Place } from '../place.ts';
import { parts } from './arguments.ts';
import type { ArgumentReader, IntrinsicFunction } from './function.ts';

/** The truth of a part: a boolean, or a condition by its name. */
function truth(call: Call, expression: Expression, evaluation: Evaluation): boolean {
  const condition = evaluation.value(expression);
  if (typeof condition === 'boolean') return condition;
  if (typeof condition !== 'string') throw call.error(`Invalid condition "${plainText(condition)}"`);
  return evaluation.scope.condition(condition);
}

const ifForm = (name: string) =>
  `Arguments to "${name}" must be of the form: [condition_name, value_if_true, value_if_false]`;

function readIf(given: Json, place: Place, reader: ArgumentReader): Expression {
  if (!isList(given)) return null;
  return given.map((part, at) =>
    at === 0 ? reader.condition(part, place.child(at)) : reader.value(part, place.child(at)),
  );
}

/** The branch that is taken; REMOVED where there is none. */
function branch(call: Call, taken: boolean): Expression | typeof REMOVED {
  const [, yes = null, no] = isExpressions(call.argument) ? call.argument : [];
  return taken ? yes : no === undefined ? REMOVED : no;
}

function ifReferences(call: Call, collector: ReferenceCollector): void {
  const [condition = null, ...branches] = isExpressions(call.argument) ? call.argument : [];
  const known = collector.truth(call, condition);
  const taken: readonly (Expression | typeof REMOVED)[] =
    known === undefined ? branches : [branch(call, known)];
  for (const one of taken) if (one !== REMOVED) collector.visit(one);
}

const ifFunction = (least: number): IntrinsicFunction => ({
  doc: 'One of two values, by a condition: [condition, value if true, value if false].',
  read: readIf,
  check: (call) => void parts(call, ifForm(call.name), [least, 3]),
  resolve: (call, evaluation) => {
    const [condition = null] = parts(call, ifForm(call.name));
    const taken = branch(call, truth(call, condition, evaluation));
    return taken === REMOVED ? REMOVED : evaluation.maybe(taken);
  },
  references: ifReferences,
});

export const ifElse = ifFunction(3);
/** Since 2021-04-16: without an else, the item or property is not there. */
export const ifOptional = ifFunction(2);

export const equals: IntrinsicFunction = {
  doc: 'Whether two values are equal: [value, value].',
  check: (call) =>
    void parts(call, `Arguments to "${call.name}" must be of the form: [value_1, value_2]`, [2, 2]),
  resolve: (call, evaluation) => {
    const [left = null, right = null] = parts(call, '').map((part) => evaluation.value(part));
    return sameJson(left, right);
  },
};

export const not: IntrinsicFunction = {
  doc: 'Whether a condition is false.',
  check: (call) => {
    if (call.argument === null) throw call.error(`Argument to "${call.name}" must be a condition`);
  },
  resolve: (call, evaluation) => !truth(call, call.argument, evaluation),
};

/** CFN writes the one condition as a list. */
export const fnNot: IntrinsicFunction = {
  doc: 'Whether a condition is false: [condition].',
  check: (call) => void parts(call, `Arguments to "${call.name}" must be of the form: [condition]`, [1, 1]),
  resolve: (call, evaluation) => !truth(call, parts(call, '')[0] ?? null, evaluation),
};

function checkConditions(call: Call): void {
  const given = parts(call, `Arguments to "${call.name}" must be a list of conditions`);
  if (given.length < 2) throw call.error(`The minimum number of condition arguments to "${call.name}" is 2.`);
}

export const and: IntrinsicFunction = {
  doc: 'Whether all conditions are true.',
  check: checkConditions,
  resolve: (call, evaluation) => parts(call, '').every((part) => truth(call, part, evaluation)),
};

export const or: IntrinsicFunction = {
  doc: 'Whether one of the conditions is true.',
  check: checkConditions,
  resolve: (call, evaluation) => parts(call, '').some((part) => truth(call, part, evaluation)),
};
