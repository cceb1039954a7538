import { describe, expect, it } from 'vitest';
import type { CloudEvent } from '#kernel/events/event.ts';
import type { AlarmState } from './alarm.ts';
import { isWithin, parseCron } from './cron.ts';
import { matchesEvent } from './event-match.ts';
import type { CompositeRule, Operator, TypedRule } from './rule.ts';
import { compositeVerdict, thresholdVerdict } from './verdict.ts';

const bound = (threshold: number, comparison_operator: Operator = 'gt'): TypedRule => ({
  type: 'gnocchi_resources_threshold',
  aggregation_method: 'mean',
  granularity: 60,
  evaluation_periods: 2,
  comparison_operator,
  threshold,
});

describe('a bound', () => {
  it.each<[AlarmState, number[], AlarmState]>([
    ['ok', [], 'insufficient data'],
    ['ok', [60, 70], 'alarm'],
    ['ok', [10, 70], 'ok'],
    ['alarm', [70, 10], 'alarm'],
    ['alarm', [10, 20], 'ok'],
    ['insufficient data', [10, 70], 'alarm'],
    ['insufficient data', [70, 10], 'ok'],
    ['ok', [10, 60, 70], 'alarm'],
    ['alarm', [50, 50], 'ok'],
  ])('takes %s with %o to %s', (before, values, after) => {
    expect(thresholdVerdict(bound(50), values, before).state).toBe(after);
  });

  it.each<[Operator, boolean]>([
    ['lt', false],
    ['le', true],
    ['eq', true],
    ['ne', false],
    ['ge', true],
    ['gt', false],
  ])('%s compares', (operator, beyond) => {
    const { state } = thresholdVerdict(bound(50, operator), [50], 'ok');
    expect(state).toBe(beyond ? 'alarm' : 'ok');
  });
});

describe('a composite', () => {
  const [yes, no, unknown] = [bound(1), bound(2), bound(3)];
  const values = new Map([
    [yes, [9]],
    [no, [0]],
  ]);
  it.each<[string, CompositeRule, AlarmState]>([
    ['all', { and: [yes, yes] }, 'alarm'],
    ['not all', { and: [yes, no] }, 'ok'],
    ['one is not known', { and: [yes, unknown] }, 'insufficient data'],
    ['one is well, whatever the other', { and: [no, unknown] }, 'ok'],
    ['one, whatever the other', { or: [unknown, yes] }, 'alarm'],
    ['none', { or: [no, no] }, 'ok'],
    ['none that is known', { or: [no, unknown] }, 'insufficient data'],
    ['nested', { or: [{ and: [yes, no] }, { and: [yes, yes] }] }, 'alarm'],
  ])('knows: %s', (_, rule, state) => {
    expect(compositeVerdict(rule, (leaf) => values.get(leaf) ?? [], 'ok').state).toBe(state);
  });
});

describe('a time', () => {
  const at = (start: string, duration: number, now: string, timezone: string) =>
    isWithin([{ name: 't', description: '', start, duration, timezone }], new Date(now));
  it.each([
    ['0 12 * * *', 3600, '2030-01-01T12:59:59Z', '', true],
    ['0 12 * * *', 3600, '2030-01-01T13:00:00Z', '', false],
    ['0 12 * * *', 3600, '2030-01-01T11:30:00Z', 'Europe/Berlin', true],
    ['*/15 * * * *', 60, '2030-01-01T10:45:30Z', '', true],
    ['*/15 * * * *', 60, '2030-01-01T10:46:00Z', '', false],
    ['0 0 * * 7', 60, '2030-01-06T00:00:10Z', '', true],
    ['0 0 1 * 0', 60, '2030-01-06T00:00:10Z', '', true],
    ['0 0 1-5/2 2,3 *', 60, '2030-02-03T00:00:10Z', '', true],
    ['0 0 1-5/2 2,3 *', 60, '2030-02-02T00:00:10Z', '', false],
  ])('%s for %i s at %s %s: %s', (...[start, duration, now, timezone, within]) => {
    expect(at(start, duration, now, timezone)).toBe(within);
  });

  it.each(['', '* * * *', '60 * * * *', '5-1 * * * *', '*/0 * * * *', 'x * * * *'])('is not %o', (text) => {
    expect(() => parseCron(text)).toThrow();
  });
});

describe('an event', () => {
  const event: CloudEvent = {
    seq: 1,
    id: 'e1',
    at: '2030-01-01T00:00:00.000Z',
    projectId: 'p1',
    service: 'container',
    type: 'container.container.oom',
    resource: 'c1',
    payload: { exit_code: 137 },
  };
  it.each([
    ['*', true],
    ['container.container.oom', true],
    ['container.*', true],
    ['*.oom', true],
    ['c*r.*r.oom', true],
    ['container.container', false],
    ['container.container.oom*m', false],
    ['volume.*', false],
  ])('is one of %s: %s', (event_type, matches) => {
    expect(matchesEvent({ event_type, query: [] }, event)).toBe(matches);
  });

  it.each<[string, Operator, string, string, boolean]>([
    ['traits.exit_code', 'gt', 'integer', '99', true],
    ['exit_code', 'eq', 'string', '137', true],
    ['resource_id', 'eq', '', 'c1', true],
    ['resource_id', 'ne', '', 'c1', false],
    ['constructor', 'ne', '', 'x', false],
    ['unknown', 'ne', '', 'x', false],
  ])('with %s %s %s %s: %s', (...[field, op, type, value, matches]) => {
    expect(matchesEvent({ event_type: '*', query: [{ field, op, type, value }] }, event)).toBe(matches);
  });
});
