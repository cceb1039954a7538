import { expect, it } from 'vitest';
import { releasePrefix, takePrefix } from './prefix.ts';

it('gives nobody what somebody has', async () => {
  const prefixes = await Promise.all(Array.from({ length: 100 }, takePrefix));
  expect(new Set(prefixes).size).toBe(100);
  for (const prefix of prefixes) {
    expect(prefix).toMatch(/^t[a-z]{2}$/);
    releasePrefix(prefix);
  }
});
