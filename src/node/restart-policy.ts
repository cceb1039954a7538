import { remedyFor } from './health.ts';
import type { WorkloadFacts } from './objects.ts';
import type { ContainerSpec } from './protocol.ts';

const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 60_000;
const FIRST_RESTART_MS = 1_000;
const LONGEST_RESTART_MS = 300_000;
/** A run as long as this was a good one: the next restart is quick again. */
const GOOD_RUN_MS = 600_000;

/** Milliseconds before try number `tries` (0 = the first) of what keeps failing. */
export const backOff = (tries: number): number => Math.min(FIRST_DELAY_MS * 2 ** tries, LONGEST_DELAY_MS);

/** Milliseconds from the end of a container to its restart, after so many short runs in a row. */
export const restartDelay = (shortRuns: number): number =>
  Math.min(FIRST_RESTART_MS * 2 ** shortRuns, LONGEST_RESTART_MS);

/** When a container that is down is to be started again without being asked, in milliseconds of the epoch; null = it stays down. */
export function restartAt(spec: ContainerSpec, facts: WorkloadFacts): number | null {
  const { state, shortRuns } = facts;
  if (!mayRestart(spec, facts)) return null;
  const finished = state.finishedAt === null ? 0 : Date.parse(state.finishedAt);
  return finished + restartDelay(shortRuns);
}

/** One that was stopped for its health is started again, whatever the policy. */
function mayRestart(spec: ContainerSpec, facts: WorkloadFacts): boolean {
  const { name, maximumRetryCount } = spec.restartPolicy;
  if (remedyFor(spec, facts)?.action === 'restart') return true;
  if (name === 'no') return false;
  if (name !== 'on-failure') return true;
  return facts.state.exitCode !== 0 && (maximumRetryCount === 0 || facts.restarts < maximumRetryCount);
}

/** Why it is started again, in words for the user. */
export function restartReason(spec: ContainerSpec, facts: WorkloadFacts): string {
  const remedy = remedyFor(spec, facts);
  const why = remedy ? `its ${remedy.name} probe failed` : `it ended with ${facts.state.exitCode}`;
  return `waiting to be restarted (number ${facts.restarts + 1}): ${why}`;
}

/** Whether the last run was long enough to begin the back-off anew. */
export function wasGoodRun({ startedAt, finishedAt }: WorkloadFacts['state']): boolean {
  if (startedAt === null || finishedAt === null) return false;
  return Date.parse(finishedAt) - Date.parse(startedAt) >= GOOD_RUN_MS;
}
