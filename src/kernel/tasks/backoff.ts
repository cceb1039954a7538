const FIRST_MS = 100;
const LONGEST_MS = 30_000;

/**
 * Milliseconds to wait after the given failed attempt (1 for the first): doubling from 100 ms to 30 s, of which a random
 * half is taken off so that what failed together does not come back together. `random` is in [0, 1).
 */
export function backoff(attempt: number, random: number): number {
  const full = Math.min(LONGEST_MS, FIRST_MS * 2 ** (attempt - 1));
  return Math.round(full * (1 - random / 2));
}
