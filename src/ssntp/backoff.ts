const SHORTEST = 50;
const LONGEST = 5_000;

/** Milliseconds before attempt `attempt` (0 is the first again): doubling, the upper half of it random, at most 5 s. */
export const backoff = (attempt: number, random: () => number): number =>
  Math.min(SHORTEST * 2 ** attempt, LONGEST) * (0.5 + random() / 2);

/** A session that lasted this long was a good one: the next attempt is the first again. */
export const SETTLED = LONGEST;
