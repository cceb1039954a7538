import { badRequest } from '#kernel/errors.ts';
import { matchesSomewhere } from '#kernel/bounded-match.ts';
import type { Budget } from './limits.ts';
import { compare, isDict, isList, keyOf, kindOf, same, truth, type Value } from './values.ts';

type Operation = (left: Value, right: Value, budget: Budget) => Value;

const numbers =
  (operation: (left: number, right: number) => number): Operation =>
  (left, right) => {
    if (typeof left !== 'number' || typeof right !== 'number')
      throw badRequest(`Numbers are needed, not a ${kindOf(left)} and a ${kindOf(right)}`);
    const result = operation(left, right);
    if (!Number.isFinite(result)) throw badRequest('The result is no number');
    return result;
  };

const OPERATIONS: { readonly [operator: string]: Operation } = {
  '+': add,
  '-': numbers((left, right) => left - right),
  '*': times,
  '/': numbers(divide),
  mod: numbers((left, right) => left - right * Math.floor(left / right)),
  '=': same,
  '!=': (left, right) => !same(left, right),
  '<': (left, right) => compare(left, right) < 0,
  '>': (left, right) => compare(left, right) > 0,
  '<=': (left, right) => compare(left, right) <= 0,
  '>=': (left, right) => compare(left, right) >= 0,
  in: (left, right, budget) => isIn(left, right, budget),
  '=~': (left, right) => fits(left, right),
  '!~': (left, right) => !fits(left, right),
};

/** @throws CloudError for values that the operator does not take. */
export function binary(operator: string, [left, right]: readonly [Value, Value], budget: Budget): Value {
  const operation = OPERATIONS[operator];
  if (operation === undefined) throw badRequest(`Unknown operator "${operator}"`);
  return operation(left, right, budget);
}

export function unary(operator: string, operand: Value): Value {
  if (operator === 'not') return !truth(operand);
  if (typeof operand !== 'number') throw badRequest(`"${operator}" needs a number, not a ${kindOf(operand)}`);
  return operator === '-' ? -operand : operand;
}

/** Numbers, texts, lists one after the other, dicts of which the right one wins. */
function add(left: Value, right: Value, budget: Budget): Value {
  if (typeof left === 'string' && typeof right === 'string') return budget.text(left + right);
  if (isList(left) && isList(right)) {
    budget.steps(left.length + right.length);
    return [...left, ...right];
  }
  if (isDict(left) && isDict(right)) {
    budget.steps(Object.keys(left).length + Object.keys(right).length);
    return { ...left, ...right };
  }
  return numbers((one, other) => one + other)(left, right, budget);
}

/** A text or list as often as a number says, too. */
function times(left: Value, right: Value, budget: Budget): Value {
  if (typeof left === 'number' && typeof right !== 'number') return times(right, left, budget);
  const count = typeof right === 'number' ? Math.max(0, Math.trunc(right)) : 0;
  if (typeof left === 'string' && typeof right === 'number') {
    budget.characters(left.length * count);
    return left.repeat(count);
  }
  if (isList(left) && typeof right === 'number') {
    budget.steps((left.length + 1) * count);
    return Array.from({ length: count }, () => left).flat();
  }
  return numbers((one, other) => one * other)(left, right, budget);
}

/** Integers stay integers: the result goes down. */
function divide(left: number, right: number): number {
  if (right === 0) throw badRequest('Nothing is divided by zero');
  return Number.isInteger(left) && Number.isInteger(right) ? Math.floor(left / right) : left / right;
}

export function isIn(item: Value, collection: Value, budget: Budget): boolean {
  if (typeof collection === 'string' && typeof item === 'string') return collection.includes(item);
  if (!isList(collection)) throw badRequest(`Nothing is in a ${kindOf(collection)}`);
  budget.steps(collection.length);
  return collection.some((one) => same(one, item));
}

export function fits(value: Value, pattern: Value): boolean {
  if (typeof value !== 'string' || typeof pattern !== 'string') throw badRequest('Patterns are for texts');
  try {
    return matchesSomewhere(pattern, value);
  } catch (cause) {
    throw badRequest(`The pattern "${pattern}" cannot be applied`, { cause });
  }
}

/** The item or entry; undefined where there is none. */
export function indexed(on: Value, index: Value): Value | undefined {
  if (isDict(on)) return Object.hasOwn(on, keyOf(index)) ? on[keyOf(index)] : undefined;
  if (!isList(on)) throw badRequest(`A ${kindOf(on)} has no index`);
  if (typeof index !== 'number' || !Number.isInteger(index))
    throw badRequest(`A list has no index ${kindOf(index)}`);
  return on.at(index);
}
