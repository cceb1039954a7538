import { systemClock } from '#kernel/clock.ts';
import { messageOf } from '#kernel/errors.ts';

export interface Patience {
  /** Default 20 s. */
  readonly limitMs?: number;
  /** Default 10 ms. */
  readonly everyMs?: number;
}

/**
 * Looks at another process' world, of which no event tells, until there is something to see. What a look throws may
 * pass: it is told when the time is over.
 */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined | false>,
  { limitMs = 20_000, everyMs = 10 }: Patience = {},
): Promise<T> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    const { value, cause } = await attempt(look);
    if (value !== undefined && value !== false) return value;
    if (performance.now() >= deadline)
      throw new Error(`${what}: not within ${limitMs / 1000} s. ${cause ? messageOf(cause) : ''}`, { cause });
    await systemClock.sleep(everyMs);
  }
}

async function attempt<T>(look: () => Promise<T>): Promise<{ value?: T; cause?: unknown }> {
  try {
    return { value: await look() };
  } catch (cause) {
    return { cause };
  }
}
