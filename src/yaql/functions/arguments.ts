import { badRequest } from '#kernel/errors.ts';
import type { Budget } from '../limits.ts';
import type { Argument, Node } from '../syntax.ts';
import { isList, keyOf, kindOf, truth, type Value } from '../values.ts';

/** Variables by name; `$` is the empty one. */
export type Context = ReadonlyMap<string, Value>;

export interface Evaluator {
  readonly budget: Budget;
  value(node: Node, context: Context): Value;
}

/** What a function was called with. Nothing is evaluated before the function asks, for it may ask once for each item. */
export class Arguments {
  readonly #all: readonly Argument[];
  readonly #context: Context;
  readonly #evaluator: Evaluator;

  constructor(all: readonly Argument[], context: Context, evaluator: Evaluator) {
    this.#all = all;
    this.#context = context;
    this.#evaluator = evaluator;
  }

  get budget(): Budget {
    return this.#evaluator.budget;
  }

  get count(): number {
    return this.#all.length;
  }

  has(at: number): boolean {
    return this.#positional(at) !== undefined;
  }

  /** The argument at a position. @throws CloudError when it is missing. */
  value(at: number): Value {
    const node = this.#positional(at);
    if (node === undefined) throw badRequest(`Argument ${at + 1} is missing`);
    return this.#evaluator.value(node, this.#context);
  }

  valueOr(at: number, otherwise: Value): Value {
    return this.has(at) ? this.value(at) : otherwise;
  }

  values(): readonly Value[] {
    return this.#all.map((_, at) => this.value(at));
  }

  integer(at: number, otherwise?: number): number {
    const value = otherwise === undefined ? this.value(at) : this.valueOr(at, otherwise);
    if (typeof value !== 'number' || !Number.isInteger(value))
      throw badRequest(`Argument ${at + 1} must be an integer, not a ${kindOf(value)}`);
    return value;
  }

  text(at: number, otherwise?: string): string {
    const value = otherwise === undefined ? this.value(at) : this.valueOr(at, otherwise);
    if (typeof value !== 'string')
      throw badRequest(`Argument ${at + 1} must be a text, not a ${kindOf(value)}`);
    return value;
  }

  list(at: number): readonly Value[] {
    return listOf(this.value(at));
  }

  /** The argument as an expression of items: `$` (and `$1`) is the first, `$2` the second. */
  each(at: number): (...items: readonly Value[]) => Value {
    const node = this.#positional(at);
    if (node === undefined) throw badRequest(`Argument ${at + 1} is missing`);
    return (...items) => {
      const numbered = items.map((item, index) => [String(index + 1), item] as const);
      return this.#evaluator.value(node, new Map([...this.#context, ['', items[0] ?? null], ...numbered]));
    };
  }

  /** The item itself where the argument is not given. */
  selector(at: number): (item: Value) => Value {
    return this.has(at) ? this.each(at) : (item) => item;
  }

  /** Whether the item is true where the argument is not given. */
  predicate(at: number): (item: Value) => boolean {
    const selected = this.selector(at);
    return (item) => truth(selected(item));
  }

  /** `key => value` arguments, not evaluated yet. */
  pairs(): readonly { key: () => Value; value: () => Value }[] {
    return this.#all.map(({ key, value }) => {
      if (key === null) throw badRequest('Arguments must be of the form key => value');
      return {
        key: () => this.#evaluator.value(key, this.#context),
        value: () => this.#evaluator.value(value, this.#context),
      };
    });
  }

  /** The argument of this name, or at this position. */
  named(name: string, at: number): Value | undefined {
    const found = this.#all.find(({ key }) => key?.kind === 'literal' && keyOf(key.value) === name);
    if (found !== undefined) return this.#evaluator.value(found.value, this.#context);
    return this.has(at) ? this.value(at) : undefined;
  }

  #positional(at: number): Node | undefined {
    const argument = this.#all[at];
    return argument?.key === null ? argument.value : undefined;
  }
}

export function listOf(value: Value): readonly Value[] {
  if (!isList(value)) throw badRequest(`A list is needed, not a ${kindOf(value)}`);
  return value;
}
