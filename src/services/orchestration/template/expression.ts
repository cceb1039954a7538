import { messageOf, type CloudError } from '#kernel/errors.ts';
import type { IntrinsicFunction } from './functions/function.ts';
import { isList, type Json } from './json.ts';
import type { Place, TemplateErrorCode } from './place.ts';

export type { Json } from './json.ts';

/** A value of a template: JSON in which some maps are calls of intrinsic functions. */
export type Expression = null | boolean | number | string | readonly Expression[] | Call | ExpressionMap;
export type ExpressionMap = { readonly [key: string]: Expression };

/** Keys into an attribute's value, the attribute's name first. Empty means all attributes. */
export type AttributePath = readonly (string | number)[];

/**
 * What expressions may ask of the world. All answers are ready: the engine has fetched what `references` names. As long as
 * something named there is null because it is not known, a result says little: do not check it.
 */
export interface Scope {
  /** Pseudo parameters (`OS::stack_id`, `AWS::StackName` …) too. @throws CloudError UserParameterMissing. */
  parameter(name: string): Json;
  /** The reference id; null while it is not known. Only resources of the template, on, are asked for by `dependencies`. */
  resource(name: string): string | null;
  /** Null while it is not known. */
  attribute(resource: string, path: AttributePath): Json;
  /** The content of one of the stack's files. @throws CloudError when it is not there. */
  file(name: string): string;
  /** @throws CloudError for an unknown or circular condition. `conditionsOf` makes it of a template. */
  condition(name: string): boolean;
  /** What the resource that stands for this stack in its parent says. */
  facade(key: 'metadata' | 'deletion_policy' | 'update_policy'): Json;
  /** `Fn::FindInMap`; `mappingsOf` makes it of a template. Null where there is none. */
  mapping?(map: string, key: string): Json;
  /** `Fn::GetAZs`; `['nova']` without. */
  zones?(): readonly string[];
}

/** A call of an intrinsic function. */
export class Call {
  readonly name: string;
  readonly argument: Expression;
  readonly place: Place;
  readonly definition: IntrinsicFunction;

  constructor(name: string, argument: Expression, at: { place: Place; definition: IntrinsicFunction }) {
    this.name = name;
    this.argument = argument;
    this.place = at.place;
    this.definition = at.definition;
  }

  error(message: string, code?: TemplateErrorCode): CloudError {
    return this.place.error(message, code);
  }
}

/** What an `if` without an else leaves out of the list or map that it stands in. */
export const REMOVED = Symbol('removed');

/** How much one value may become: characters, and items at the weight of 16. Templates that grow exponentially end here. */
const MAX_SIZE = 16 * 1024 * 1024;
const ITEM_SIZE = 16;

/** One resolution: the scope, and what may still be made. */
export class Evaluation {
  readonly scope: Scope;
  #left: number;

  constructor(scope: Scope, size = MAX_SIZE) {
    this.scope = scope;
    this.#left = size;
  }

  /** Counts what is about to be made. @throws CloudError at the place of the call that makes too much. */
  spend(call: Call, { characters = 0, items = 0 }: { characters?: number; items?: number }): void {
    this.#left -= characters + items * ITEM_SIZE;
    if (!(this.#left >= 0))
      throw call.error(`"${call.name}" makes more than the ${MAX_SIZE} bytes that a value may have.`);
  }

  /** The value; null for what is removed. */
  value(expression: Expression): Json {
    const value = this.maybe(expression);
    return value === REMOVED ? null : value;
  }

  maybe(expression: Expression): Json | typeof REMOVED {
    if (typeof expression !== 'object' || expression === null) return expression;
    if (expression instanceof Call) return expression.definition.resolve(expression, this);
    if (isExpressions(expression)) return expression.map((item) => this.maybe(item)).filter(isThere);
    const entries = Object.entries(expression).map(([key, item]) => [key, this.maybe(item)] as const);
    return Object.fromEntries(entries.filter((found): found is [string, Json] => isThere(found[1])));
  }
}

const isThere = (value: Json | typeof REMOVED): value is Json => value !== REMOVED;

export const isExpressions = (expression: Expression): expression is readonly Expression[] =>
  Array.isArray(expression);

/** A map that is no call. */
export const isExpressionMap = (expression: Expression | undefined): expression is ExpressionMap =>
  typeof expression === 'object' &&
  expression !== null &&
  !isExpressions(expression) &&
  !(expression instanceof Call);

/**
 * The value of an expression. In maps and lists, what an `if` without an else removes is left out; alone it is null.
 * @throws CloudError with the place in the template.
 */
export const resolve = (expression: Expression, scope: Scope): Json =>
  new Evaluation(scope).value(expression);

/** What an expression depends on. */
export interface References {
  /** Every resource that it names, by reference or for an attribute. */
  readonly resources: Set<string>;
  /** Paths by resource, as far as parameters make them known. */
  readonly attributes: Map<string, AttributePath[]>;
}

/**
 * What `resolve` will ask of resources. With a scope, only of the branches that its conditions take; `scope.resource` and
 * `scope.attribute` are never called.
 */
export function references(expression: Expression, scope?: Scope): References {
  const collector = new ReferenceCollector(scope);
  collector.visit(expression);
  return collector.found;
}

const NOT_KNOWN = Symbol('not known');
const notKnown = (): never => {
  // oxlint-disable-next-line typescript/only-throw-error -- a signal that stays within this file
  throw NOT_KNOWN;
};

/** The scope before anything is made: who asks for a resource gets no answer. */
const beforehand = (scope: Scope | undefined): Scope => ({
  parameter: (name) => (scope === undefined ? notKnown() : scope.parameter(name)),
  file: (name) => (scope === undefined ? notKnown() : scope.file(name)),
  condition: (name) => (scope === undefined ? notKnown() : scope.condition(name)),
  facade: (key) => (scope === undefined ? notKnown() : scope.facade(key)),
  mapping: (map, key) => (scope === undefined ? notKnown() : (scope.mapping?.(map, key) ?? null)),
  zones: () => scope?.zones?.() ?? notKnown(),
  resource: notKnown,
  attribute: notKnown,
});

/** The value as far as parameters alone decide it; undefined where it takes a resource. */
export function knownBeforehand(expression: Expression, scope: Scope | undefined): Json | undefined {
  try {
    return resolve(expression, beforehand(scope));
  } catch (thrown) {
    if (thrown === NOT_KNOWN) return undefined;
    throw thrown;
  }
}

export class ReferenceCollector {
  readonly found: References = { resources: new Set(), attributes: new Map() };
  readonly #scope: Scope | undefined;

  constructor(scope: Scope | undefined) {
    this.#scope = scope;
  }

  /** @returns undefined where it takes a resource, or no scope is given. */
  known(expression: Expression): Json | undefined {
    return knownBeforehand(expression, this.#scope);
  }

  /** What a condition says, given or by name; undefined where there is no scope to ask. */
  truth(call: Call, condition: Expression): boolean | undefined {
    const known = this.known(condition);
    if (typeof known !== 'string') return typeof known === 'boolean' ? known : undefined;
    if (this.#scope === undefined) return undefined;
    try {
      return this.#scope.condition(known);
    } catch (cause) {
      throw call.error(messageOf(cause));
    }
  }

  visit(expression: Expression): void {
    if (typeof expression !== 'object' || expression === null) return;
    if (!(expression instanceof Call)) {
      for (const item of Object.values(expression)) this.visit(item);
    } else if (expression.definition.references) {
      expression.definition.references(expression, this);
    } else this.visit(expression.argument);
  }

  resource(name: string): void {
    this.found.resources.add(name);
  }

  attribute(resource: string, path: AttributePath): void {
    this.resource(resource);
    const known = this.found.attributes.get(resource);
    if (known === undefined) this.found.attributes.set(resource, [path]);
    else known.push(path);
  }
}

/** A resolved value is an expression that calls nothing. */
export const isPlain = (expression: Expression): expression is Json => {
  if (typeof expression !== 'object' || expression === null) return true;
  if (expression instanceof Call) return false;
  return isList(expression) ? expression.every(isPlain) : Object.values(expression).every(isPlain);
};
