import type { ContainerInspectInfo } from 'dockerode';
import { ABSENT, type WorkloadState, type WorkloadStatus } from '../driver.ts';

const STATUS: Readonly<Record<string, WorkloadStatus>> = {
  created: 'created',
  running: 'running',
  restarting: 'running',
  paused: 'paused',
  removing: 'stopped',
  exited: 'stopped',
  dead: 'stopped',
};

/** How Docker writes a time that has not come. */
const NEVER = '0001-';

/** What Docker says of a container, in our terms; nothing for one that it does not know. */
export function stateOf(found: Pick<ContainerInspectInfo, 'State'> | undefined): WorkloadState {
  if (!found) return ABSENT;
  const { Status, Pid, ExitCode, OOMKilled, StartedAt, FinishedAt } = found.State;
  const status = STATUS[Status] ?? 'stopped';
  // A start that failed leaves an exit code, though nothing has run.
  if (status === 'created') return { ...ABSENT, status };
  const startedAt = timeOf(StartedAt);
  const hasEnded = status === 'stopped';
  return {
    status,
    pid: hasEnded ? null : Pid,
    exitCode: hasEnded ? ExitCode : null,
    oomKilled: hasEnded && OOMKilled,
    startedAt,
    finishedAt: hasEnded ? latest(startedAt, timeOf(FinishedAt)) : null,
  };
}

export const isAlive = ({ status }: WorkloadState): boolean => status === 'running' || status === 'paused';

/** Two clerks write the times: of a short life the start may come after the end. */
const latest = (start: string | null, end: string | null): string | null =>
  start !== null && end !== null && end < start ? start : end;

const timeOf = (time: string): string | null =>
  time === '' || time.startsWith(NEVER) ? null : new Date(time).toISOString();
