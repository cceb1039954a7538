import { isDeepStrictEqual } from 'node:util';
import type { ContainerReport, PowerSpec } from '#node/protocol.ts';
import type { Container, Observation, Status } from './container.ts';
import { isPlugging } from './plugging.ts';

/**
 * What a node's report makes of a container. While something is asked of the node, only the report that answers it
 * changes the status; a failed creation is left to the creating task, which undoes it first.
 * @returns the same object when the report says nothing new.
 */
export function applyReport(container: Container, report: ContainerReport): Container {
  const observed = observationOf(container, report);
  const next = { ...container, present: true, observed, ...conclude(container, observed) };
  return isDeepStrictEqual(next, container) ? container : next;
}

type Conclusion = Partial<Pick<Container, 'status' | 'statusReason' | 'taskState'>>;

function conclude(container: Container, observed: Observation): Conclusion {
  if (container.status === 'Deleting') return {};
  if (isWaiting(container)) {
    if (container.settings.wayBack) return { statusReason: observed.reason };
    if (!answers(container, observed)) return { statusReason: observed.reason };
    if (container.status === 'Creating' && observed.failed) return { statusReason: observed.reason };
  }
  const status = STATUSES[observed.status] ?? container.status;
  return {
    status,
    statusReason: reasonOf(observed) ?? container.settings.wentBack ?? null,
    taskState: isPlugging(container.taskState) ? container.taskState : null,
  };
}

/** Its node has everything but this container: what ran does not run any more. The full sync makes it again. */
export function applyAbsence(container: Container): Container {
  if (!container.present) return container;
  const gone = { ...container, present: false };
  if (!container.desired || container.observed === null || isWaiting(container)) return gone;
  const lives = container.status === 'Running' || container.status === 'Paused';
  const statusReason = `No such container on ${container.host}: it is made again.`;
  return lives ? { ...gone, status: 'Stopped', statusReason } : gone;
}

/** Whether the node has yet to answer. */
export const isWaiting = (container: Container): boolean =>
  container.taskState !== null || container.status === 'Creating';

/** Whether this is the outcome of what the container should be now. */
export const answers = (container: Pick<Container, 'generation' | 'power'>, observed: Observation): boolean =>
  observed.generation >= container.generation && (observed.failed || fits(container.power, observed));

/** A process may end at any time: having stopped answers every wish but that of a container that never ran. */
function fits(power: PowerSpec, { status, epoch }: Observation): boolean {
  switch (power.state) {
    case 'created':
      return status === 'created';
    case 'running':
      return (
        epoch >= power.epoch && (status === 'running' || status === 'stopped' || status === 'restarting')
      );
    case 'stopped':
      return status === 'stopped' || status === 'created';
    case 'paused':
      return status === 'paused' || status === 'stopped';
  }
}

const STATUSES: Record<Observation['status'], Status | null> = {
  creating: null,
  created: 'Created',
  running: 'Running',
  paused: 'Paused',
  stopped: 'Stopped',
  restarting: 'Restarting',
  error: 'Error',
};

/** That the memory was too little is told beside what the node waits for, a restart say. */
function reasonOf({ reason, oomKilled, status }: Observation): string | null {
  const ended = status === 'stopped' || status === 'restarting';
  if (!oomKilled || !ended) return reason;
  return reason === null ? OUT_OF_MEMORY : `${OUT_OF_MEMORY} ${reason}`;
}

const OUT_OF_MEMORY = 'Killed: out of memory.';

/** A node tells of the image until it forgets; we do not. */
function observationOf(container: Container, report: ContainerReport): Observation {
  const { kind: _kind, id: _id, ...observed } = report;
  return { ...observed, image: report.image ?? container.observed?.image ?? null };
}

/** Whether it ended by itself or was stopped, and is of the kind that then vanishes. */
export const isSpent = (container: Container): boolean =>
  container.autoRemove && container.status === 'Stopped' && !isWaiting(container) && container.present;
