import type { WorkloadFacts } from './objects.ts';
import type { ContainerSpec } from './protocol.ts';

const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 60_000;
/** A run as long as this was a good one: the next restart is quick again. Docker's figure. */
const GOOD_RUN_MS = 10_000;

/** Milliseconds before try number `tries` (0 = the first) of what keeps failing. */
export const backOff = (tries: number): number => Math.min(FIRST_DELAY_MS * 2 ** tries, LONGEST_DELAY_MS);

/** When a container that exited by itself is to be started again, in milliseconds of the epoch; null = it stays down. */
export function restartAt({ restartPolicy }: ContainerSpec, facts: WorkloadFacts): number | null {
  const { state, restarts, shortRuns } = facts;
  if (!mayRestart(restartPolicy, state.exitCode, restarts)) return null;
  const finished = state.finishedAt === null ? 0 : Date.parse(state.finishedAt);
  return finished + backOff(shortRuns);
}

function mayRestart(
  { name, maximumRetryCount }: ContainerSpec['restartPolicy'],
  exitCode: number | null,
  restarts: number,
): boolean {
  if (name === 'no') return false;
  if (name !== 'on-failure') return true;
  return exitCode !== 0 && (maximumRetryCount === 0 || restarts < maximumRetryCount);
}

/** Whether the last run was long enough to begin the back-off anew. */
export function wasGoodRun({ startedAt, finishedAt }: WorkloadFacts['state']): boolean {
  if (startedAt === null || finishedAt === null) return false;
  return Date.parse(finishedAt) - Date.parse(startedAt) >= GOOD_RUN_MS;
}
