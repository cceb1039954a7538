import type { HealthReport } from '#node/protocol.ts';
import type { Container } from './container.ts';
import { answers } from './report.ts';

/** What is to become of a new revision. `until`: at the latest then it is looked at again, in milliseconds of the epoch. */
export type Verdict =
  | { readonly is: 'good' }
  | { readonly is: 'bad'; readonly why: string }
  | { readonly is: 'open'; readonly until: number };

/** A container without probes is good once it has run so long. */
const QUIET_MS = 10_000;

/** @param since when it was first seen to be there, by the clock that `now` is of */
export function verdictOn(
  { observed, power, ...container }: Pick<Container, 'observed' | 'power' | 'generation'>,
  {
    since,
    now,
    readySeconds,
  }: { readonly since: number; readonly now: number; readonly readySeconds: number },
): Verdict {
  const late = since + readySeconds * 1000;
  if (!observed || !answers({ ...container, power }, observed)) return openUntil(late, now, 'made');
  if (observed.failed) return bad(observed.reason ?? 'it cannot be made');
  if (power.state !== 'running') return { is: 'good' };
  if (observed.status !== 'running') return bad(`it ended with ${observed.exitCode ?? 'an unknown code'}`);
  const health = observed.health ?? null;
  if (health === null) return now - since >= QUIET_MS ? { is: 'good' } : open(since + QUIET_MS);
  if (health.status === 'healthy') return { is: 'good' };
  return health.status === 'unhealthy' ? bad(whyUnhealthy(health)) : openUntil(late, now, 'healthy');
}

const bad = (why: string): Verdict => ({ is: 'bad', why: `${why}.` });
const open = (until: number): Verdict => ({ is: 'open', until });

const openUntil = (late: number, now: number, what: string): Verdict =>
  now < late ? open(late) : bad(`it was not ${what} in time`);

function whyUnhealthy({ probes }: HealthReport): string {
  const failing = Object.entries(probes).filter(([, { state }]) => state === 'failing');
  const words = failing.map(([name, { output }]) => `${name}: ${output.trim().slice(0, 200) || 'it failed'}`);
  return `it is not healthy (${words.join('; ')})`;
}
