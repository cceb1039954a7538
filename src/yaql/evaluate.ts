import { badRequest, CloudError } from '#kernel/errors.ts';
import { Arguments, type Context, type Evaluator } from './functions/arguments.ts';
import { FUNCTIONS, METHODS } from './functions/table.ts';
import { Budget, LIMITS, type Limits } from './limits.ts';
import { binary, indexed, unary } from './operators.ts';
import type { Argument, Node } from './syntax.ts';
import { yaqlError } from './tokens.ts';
import { isDict, isList, keyOf, kindOf, truth, type Value } from './values.ts';

/** @throws CloudError with the character of the part that failed. */
export function evaluate(node: Node, data: Value, limits: Limits = LIMITS): Value {
  return new Interpreter(limits).value(node, new Map([['', data]]));
}

class Interpreter implements Evaluator {
  readonly budget: Budget;

  constructor(limits: Limits) {
    this.budget = new Budget(limits);
  }

  value(node: Node, context: Context): Value {
    this.budget.steps(1);
    try {
      return this.#value(node, context);
    } catch (thrown) {
      if (!(thrown instanceof CloudError) || /\(at character \d+\)$/.test(thrown.message)) throw thrown;
      throw yaqlError(thrown.message, node.at);
    }
  }

  #value(node: Node, context: Context): Value {
    switch (node.kind) {
      case 'literal':
        return node.value;
      case 'variable':
        return variable(node.name, context);
      case 'list':
        return node.items.map((item) => this.value(item, context));
      case 'dict':
        return this.#dict(node.entries, context);
      case 'call':
        return this.#call(node, context);
      case 'method':
        return this.#method(node, context);
      case 'attribute':
        return this.#attribute(node, context);
      case 'index':
        return this.#index(node, context);
      case 'unary':
        return unary(node.operator, this.value(node.operand, context));
      case 'binary':
        return this.#binary(node, context);
    }
  }

  #dict(entries: readonly (readonly [Node, Node])[], context: Context): Value {
    const pairs = entries.map(([key, value]) => [
      keyOf(this.value(key, context)),
      this.value(value, context),
    ]);
    return Object.fromEntries(pairs) as Value;
  }

  #binary({ operator, left, right }: Extract<Node, { kind: 'binary' }>, context: Context): Value {
    if (operator === '->') return this.value(right, this.#context(left, context));
    const first = this.value(left, context);
    if (operator === 'and') return truth(first) ? this.value(right, context) : first;
    if (operator === 'or') return truth(first) ? first : this.value(right, context);
    return binary(operator, [first, this.value(right, context)], this.budget);
  }

  /** `let(name => value)` and `with(value)` before an arrow. */
  #context(node: Node, context: Context): Context {
    if (node.kind !== 'call' || (node.name !== 'let' && node.name !== 'with'))
      throw badRequest('Before "->" there must be let(…) or with(…)');
    const named = node.args.map(({ key, value }, at) => [
      key === null ? String(at + 1) : keyOf(this.value(key, context)),
      this.value(value, context),
    ]);
    return new Map([...context, ...(named as [string, Value][])]);
  }

  #call({ name, args }: Extract<Node, { kind: 'call' }>, context: Context): Value {
    const run = own(FUNCTIONS, name);
    if (run !== undefined) return run(this.#arguments(args, context));
    const [first, ...rest] = args;
    const method = own(METHODS, name);
    if (method === undefined || first === undefined || first.key !== null)
      throw badRequest(`Unknown function "${name}"`);
    return method(this.value(first.value, context), this.#arguments(rest, context));
  }

  #method({ on, name, safe, args }: Extract<Node, { kind: 'method' }>, context: Context): Value {
    const receiver = this.value(on, context);
    if (safe && receiver === null) return null;
    const method = own(METHODS, name);
    if (method === undefined) throw badRequest(`Unknown method "${name}"`);
    return method(receiver, this.#arguments(args, context));
  }

  #arguments(args: readonly Argument[], context: Context): Arguments {
    return new Arguments(args, context, this);
  }

  /** Of a list, it is asked of each item. */
  #attribute({ on, name, safe }: Extract<Node, { kind: 'attribute' }>, context: Context): Value {
    const receiver = this.value(on, context);
    if (safe && receiver === null) return null;
    if (!isList(receiver)) return attribute(receiver, name);
    this.budget.steps(receiver.length);
    return receiver.map((item) => attribute(item, name));
  }

  /** An item by index, or an entry by key with a default. */
  #index({ on, args }: Extract<Node, { kind: 'index' }>, context: Context): Value {
    const receiver = this.value(on, context);
    const [first, otherwise] = args;
    if (first === undefined || args.length > 2) throw badRequest('There must be one index');
    const found = indexed(receiver, this.value(first, context));
    if (found !== undefined) return found;
    if (otherwise === undefined) throw badRequest('There is nothing at this index');
    return this.value(otherwise, context);
  }
}

/** What a table has of this name; never what objects inherit. */
const own = <T>(table: { readonly [name: string]: T }, name: string): T | undefined =>
  Object.hasOwn(table, name) ? table[name] : undefined;

function variable(name: string, context: Context): Value {
  const found = context.get(name) ?? (name === '1' ? context.get('') : undefined);
  return found ?? null;
}

function attribute(on: Value, name: string): Value {
  if (!isDict(on)) throw badRequest(`A ${kindOf(on)} has no "${name}"`);
  const found = own(on, name);
  if (found === undefined) throw badRequest(`There is no key "${name}"`);
  return found;
}
