import { badRequest, CloudError } from '#kernel/errors.ts';
import type { ResourceFilter } from '../../metric/port.ts';
import type { ThresholdType } from './alarm.ts';

export const OPERATORS = ['lt', 'le', 'eq', 'ne', 'ge', 'gt'] as const;
export type Operator = (typeof OPERATORS)[number];

export const AGGREGATIONS = ['mean', 'max', 'min', 'sum', 'count', 'last'].flatMap((name) => [
  name,
  `rate:${name}`,
]);

/** A bound on a series of measures, under upstream's names: it is stored and shown as it is said. */
export interface ThresholdRule {
  readonly metric?: string;
  readonly metrics?: readonly string[];
  readonly resource_type?: string;
  readonly resource_id?: string;
  /** JSON of a `ResourceFilter`. */
  readonly query?: string;
  readonly aggregation_method: string;
  readonly granularity: number;
  readonly evaluation_periods: number;
  readonly comparison_operator: Operator;
  readonly threshold: number;
}

export interface EventRule {
  /** With `*` for anything. */
  readonly event_type: string;
  readonly query: readonly EventCondition[];
}

export interface EventCondition {
  readonly field: string;
  readonly op: Operator;
  readonly value: string;
  readonly type: string;
}

export type TypedRule = ThresholdRule & { readonly type: ThresholdType };
export type CompositeRule =
  | TypedRule
  | { readonly and: readonly CompositeRule[] }
  | { readonly or: readonly CompositeRule[] };

/** The bounds in a composite rule. */
export function leavesOf(rule: CompositeRule): readonly TypedRule[] {
  if ('and' in rule) return rule.and.flatMap(leavesOf);
  return 'or' in rule ? rule.or.flatMap(leavesOf) : [rule];
}

/** @throws CloudError `bad-request` */
export function filterOf(query: string): ResourceFilter {
  try {
    const filter: unknown = JSON.parse(query);
    if (typeof filter === 'object' && filter !== null && !Array.isArray(filter))
      return filter as ResourceFilter;
  } catch (cause) {
    throw new CloudError('bad-request', 'Invalid input for field query: it is no JSON.', { cause });
  }
  throw badRequest('Invalid input for field query: it is no condition.');
}

export const COMPARE: Readonly<Record<Operator, (a: number | string, b: number | string) => boolean>> = {
  lt: (a, b) => a < b,
  le: (a, b) => a <= b,
  eq: (a, b) => a === b,
  ne: (a, b) => a !== b,
  ge: (a, b) => a >= b,
  gt: (a, b) => a > b,
};
