import { badRequest } from '#kernel/errors.ts';
import { resolve, type Expression, type Scope } from './expression.ts';
import { entry, type Json } from './json.ts';
import type { Template } from './template.ts';

/** The part of a scope that conditions may look at. */
export type ConditionScope = Pick<Scope, 'parameter'> & Partial<Pick<Scope, 'mapping'>>;

/**
 * `Scope.condition` of a template: each condition is worked out once, when it is first asked for.
 * @throws CloudError for names that are not there, and for conditions that stand on themselves.
 */
export function conditionsOf(template: Template, scope: ConditionScope): (name: string) => boolean {
  const worked = new Map<string, boolean | 'in progress'>();
  const whole: Scope = { ...NOTHING, mapping: mappingsOf(template), ...scope, condition };
  function condition(name: string): boolean {
    const before = worked.get(name);
    if (before === 'in progress') throw invalid(`Circular definition for condition "${name}"`);
    if (before !== undefined) return before;
    const expression = template.conditions.get(name);
    if (expression === undefined) throw invalid(`Invalid condition "${name}"`);
    worked.set(name, 'in progress');
    const value = isOn(expression, whole);
    worked.set(name, value);
    return value;
  }
  return condition;
}

/** Whether what stands under a condition is there: nothing, a name, a boolean or an expression. */
export function isOn(condition: Expression, scope: Scope): boolean {
  if (condition === null) return true;
  const value = resolve(condition, scope);
  if (typeof value === 'boolean') return value;
  if (typeof value === 'string') return scope.condition(value);
  throw invalid(`Invalid condition "${JSON.stringify(value)}"`);
}

/** `Scope.mapping` of a template. */
export const mappingsOf =
  ({ mappings }: Template) =>
  (map: string, key: string): Json => {
    const found = entry(mappings, map) ?? null;
    return typeof found === 'object' && found !== null && !Array.isArray(found)
      ? (entry(found as { [key: string]: Json }, key) ?? null)
      : null;
  };

const invalid = (message: string) => badRequest(message, { code: 'StackValidationFailed' });

const refuse = (): never => {
  throw invalid('Conditions cannot look at resources or files.');
};

const NOTHING: Omit<Scope, 'parameter' | 'condition'> = {
  resource: refuse,
  attribute: refuse,
  file: refuse,
  facade: refuse,
};
