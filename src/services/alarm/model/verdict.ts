import type { AlarmState } from './alarm.ts';
import { COMPARE, type CompositeRule, type ThresholdRule, type TypedRule } from './rule.ts';

/** What an alarm's state is by now, and why. */
export interface Verdict {
  readonly state: AlarmState;
  readonly reason: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/**
 * What the newest measures mean: all beyond the bound is an alarm, none is well. When they disagree, the state stays; an alarm that knew
 * nothing so far believes the newest.
 */
export function thresholdVerdict(
  rule: ThresholdRule,
  values: readonly number[],
  before: AlarmState,
): Verdict {
  const newest = values.slice(-rule.evaluation_periods);
  const beyond = newest.map((value) => COMPARE[rule.comparison_operator](value, rule.threshold));
  const last = newest.at(-1);
  const state = stateOf(beyond, before);
  const data = {
    type: 'threshold',
    disposition: state === 'alarm' ? 'outside' : state === 'ok' ? 'inside' : 'unknown',
    count: newest.length,
    most_recent: last ?? null,
  };
  if (last === undefined) return { state, reason: 'There are no measures to go by.', data };
  const change = state === before ? 'Remaining as' : 'Transition to';
  const reason = `${change} ${state} due to ${newest.length} samples ${data.disposition} threshold, most recent: ${last}`;
  return { state, reason, data };
}

function stateOf(beyond: readonly boolean[], before: AlarmState): AlarmState {
  if (beyond.length === 0) return 'insufficient data';
  if (beyond.every(Boolean)) return 'alarm';
  if (!beyond.some(Boolean)) return 'ok';
  if (before !== 'insufficient data') return before;
  return beyond.at(-1) ? 'alarm' : 'ok';
}

/** `and` and `or` over states of which one is "not known". */
export function compositeVerdict(
  rule: CompositeRule,
  valuesOf: (leaf: TypedRule) => readonly number[],
  before: AlarmState,
): Verdict {
  const state = combined(rule, (leaf) => thresholdVerdict(leaf, valuesOf(leaf), before).state);
  const reason = `Composite rule is in state ${state}.`;
  return { state, reason, data: { type: 'composite', composite_rule: rule } };
}

function combined(rule: CompositeRule, leaf: (rule: TypedRule) => AlarmState): AlarmState {
  const [parts, decides, otherwise] =
    'and' in rule
      ? ([rule.and, 'ok', 'alarm'] as const)
      : 'or' in rule
        ? ([rule.or, 'alarm', 'ok'] as const)
        : [null, null, null];
  if (parts === null) return leaf(rule as TypedRule);
  const states = parts.map((part) => combined(part, leaf));
  if (states.includes(decides)) return decides;
  return states.includes('insufficient data') ? 'insufficient data' : otherwise;
}
