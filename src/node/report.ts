import { isContainer, type Entry } from './objects.ts';
import { isRestarting } from './plan-container.ts';
import { plan } from './plan.ts';
import type { ContainerReport, NetworkReport, Report } from './protocol.ts';
import type { WorldView } from './objects.ts';

/** What control is told about an entry that it sent; undefined for the node's own affairs. */
export function reportOf(entry: Entry, world: WorldView, now: number): Report | undefined {
  if (!entry.wanted || entry.kind === 'sandbox' || !entry.desired) return undefined;
  return isContainer(entry)
    ? containerReport(entry, world, now)
    : networkReport(entry, entry.kind as NetworkReport['kind']);
}

/** Not ready and without a reason = on its way: such objects are not reported before they are one or the other. */
function networkReport(entry: Entry, kind: NetworkReport['kind']): NetworkReport | undefined {
  const { id, desired, facts, failure } = entry;
  const generation = desired?.generation ?? 0;
  if (failure) return { kind, id, generation, status: 'error', reason: failure.reason };
  return facts.applied === generation ? { kind, id, generation, status: 'ready', reason: null } : undefined;
}

function containerReport(entry: Entry, world: WorldView, now: number): ContainerReport {
  const { id, desired, facts, failure } = entry;
  const { state, epoch, imageConfig } = facts.workload;
  return {
    kind: 'container',
    id,
    generation: desired?.generation ?? 0,
    status: statusOf(entry),
    epoch,
    exitCode: state.exitCode,
    oomKilled: state.oomKilled,
    startedAt: state.startedAt,
    finishedAt: state.finishedAt,
    reason: reasonOf(entry, world, now),
    failed: failure?.final ?? false,
    image: imageConfig,
  };
}

function statusOf(entry: Entry): ContainerReport['status'] {
  if (entry.failure?.final) return 'error';
  const { workload } = entry.facts;
  const { status } = workload.state;
  if (status === 'absent') return 'creating';
  if (entry.desired?.kind === 'container' && isRestarting(entry.desired.spec, workload)) return 'restarting';
  return status;
}

function reasonOf(entry: Entry, world: WorldView, now: number): string | null {
  if (entry.failure) return entry.failure.reason;
  if (entry.note !== null) return entry.note;
  const step = plan(entry, world, now);
  return 'wait' in step ? step.wait : null;
}
