import { describe, expect, it } from 'vitest';
import { addTallies, parseSummary, parseVitest, summaryLine } from './tally.ts';

const report = (success: boolean, ...testResults: readonly object[]) =>
  JSON.stringify({ success, testResults });
const file = (status: string, assertionResults: readonly object[], message = '') => ({
  name: '/top/src/a.test.ts',
  status,
  message,
  assertionResults,
});
const passed = { fullName: 'a works', status: 'passed', failureMessages: [] };

describe('parseVitest', () => {
  it('counts each test once', () => {
    const failing = { fullName: 'a breaks', status: 'failed', failureMessages: ['expected 1'] };
    const tests = [passed, failing, { ...passed, status: 'skipped' }, { ...passed, status: 'todo' }];
    const tally = parseVitest(report(false, file('failed', tests)), '/top');
    expect(summaryLine(tally)).toBe('1 passed, 1 failed, 2 skipped');
    expect(tally.failures).toEqual(['FAILED src/a.test.ts: a breaks\nexpected 1']);
  });

  it('counts a file that does not load as a failure', () => {
    const tally = parseVitest(report(false, file('failed', [], 'SyntaxError')), '/top');
    expect(tally).toMatchObject({ failed: 1, failures: ['FAILED src/a.test.ts\nSyntaxError'] });
  });

  it('counts a failed hook beside tests that passed', () => {
    expect(parseVitest(report(false, file('failed', [passed], 'hook')), '/top')).toMatchObject({
      passed: 1,
      failed: 1,
    });
  });

  it('does not call an error outside any test a success', () => {
    expect(parseVitest(report(false, file('passed', [passed])), '/top').failed).toBe(1);
    expect(parseVitest(report(true, file('passed', [passed])), '/top').failed).toBe(0);
  });
});

describe('parseSummary', () => {
  it('takes the last line of its form', () => {
    const text = '1 passed, 0 failed, 0 skipped\nmore\n5 passed, 2 failed, 1 skipped\n';
    expect(parseSummary(text)).toMatchObject({ passed: 5, failed: 2, skipped: 1 });
    expect(parseSummary('5 passed')).toBeUndefined();
  });
});

it('tallies add up', () => {
  const one = { passed: 1, failed: 1, skipped: 0, failures: ['x'] };
  expect(addTallies(one, one)).toEqual({ passed: 2, failed: 2, skipped: 0, failures: ['x', 'x'] });
});
