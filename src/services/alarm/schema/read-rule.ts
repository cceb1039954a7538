import { Value } from 'typebox/value';
import { badRequest } from '#kernel/errors.ts';
import {
  isThreshold,
  THRESHOLD_TYPES,
  type AlarmType,
  type Rule,
  type ThresholdType,
} from '../model/alarm.ts';
import {
  filterOf,
  leavesOf,
  type CompositeRule,
  type EventCondition,
  type ThresholdRule,
  type TypedRule,
} from '../model/rule.ts';
import { EventRuleBody, LeafRules } from './alarm.ts';

const MOST_LEAVES = 20;
const DEEPEST = 8;

/** An event rule as its schema has it. */
interface SaidEvent {
  readonly event_type?: string;
  readonly query?: readonly (Pick<EventCondition, 'field' | 'value'> & {
    readonly op?: EventCondition['op'];
    readonly type?: string | null;
  })[];
}

/** The rule of an alarm, with upstream's defaults. @throws CloudError `bad-request` */
export function readRule(type: AlarmType, body: Readonly<Record<string, unknown>>): Rule {
  const said = body[`${type}_rule`];
  if (isThreshold(type)) return { type, rule: readThreshold(type, said) };
  if (type === 'composite') return { type, rule: readComposite(said) };
  if (!Value.Check(EventRuleBody, said ?? {})) throw invalid('event_rule');
  const { event_type = '*', query = [] } = (said ?? {}) as SaidEvent;
  const conditions = query.map((one) => ({ ...one, op: one.op ?? 'eq', type: one.type ?? '' }));
  return { type, rule: { event_type, query: conditions } };
}

function readThreshold(type: ThresholdType, said: unknown): ThresholdRule {
  const schema = LeafRules[type];
  if (!Value.Check(schema, said)) throw invalid(`${type}_rule`);
  const known = Object.entries(said).filter(([name]) => Object.hasOwn(schema.properties, name));
  const rule = {
    comparison_operator: 'eq',
    evaluation_periods: 1,
    ...Object.fromEntries(known),
    granularity: Number(said.granularity ?? 60),
  } as unknown as ThresholdRule;
  if (rule.query !== undefined) filterOf(rule.query);
  return rule;
}

function readComposite(said: unknown): CompositeRule {
  const rule = readPart(said, DEEPEST);
  if (leavesOf(rule).length > MOST_LEAVES)
    throw badRequest(`A composite rule may have ${MOST_LEAVES} rules at most.`);
  return rule;
}

function readPart(said: unknown, depth: number): CompositeRule {
  if (typeof said !== 'object' || said === null || depth === 0) throw invalid('composite_rule');
  const { and, or, type } = said as Readonly<Record<string, unknown>>;
  const parts = and ?? or;
  if (Array.isArray(parts)) {
    if (parts.length === 0 || Object.keys(said).length !== 1) throw invalid('composite_rule');
    const read = parts.map((part) => readPart(part, depth - 1));
    return and ? { and: read } : { or: read };
  }
  const known = THRESHOLD_TYPES.find((one) => one === type);
  if (!known) throw invalid('composite_rule');
  return { ...readThreshold(known, said), type: known } satisfies TypedRule;
}

const invalid = (name: string) => badRequest(`Invalid input for field/attribute ${name}.`);
