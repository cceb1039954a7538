import { afterEach, describe, expect, it, vi } from 'vitest';
import { matchesSomewhere, matchesWhole } from './bounded-match.ts';

const ENDLESS = ['(a+)+', `${'a'.repeat(40)}!`] as const;

afterEach(() => vi.restoreAllMocks());

describe('a pattern of a stranger', () => {
  it('matches a whole, or a part', () => {
    expect(matchesWhole('a+', 'aaa')).toBe(true);
    expect(matchesWhole('a+', 'aab')).toBe(false);
    expect(matchesSomewhere('a+', 'baab')).toBe(true);
  });

  it('is given up when it has computed for too long', () => {
    const before = process.threadCpuUsage();
    expect(() => matchesWhole(...ENDLESS)).toThrow(/timed out/);
    expect(process.threadCpuUsage(before).user).toBeGreaterThan(50_000);
  });

  it('goes on while others have the processor', () => {
    const usage = vi.spyOn(process, 'threadCpuUsage');
    for (const user of [0, 30_000, 60_000, 100_000]) usage.mockReturnValueOnce({ user, system: 0 });
    expect(() => matchesWhole(...ENDLESS)).toThrow(/timed out/);
    expect(usage).toHaveBeenCalledTimes(4);
  });
});
