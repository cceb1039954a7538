import { join } from 'node:path';
import type { WorkloadLayout } from '../conmon/layout.ts';

/** What a workload has beside what all below conmon have. */
export interface ClearLayout {
  /** For the shim: see `agent/shim.c`. It looks for it by this name in the bundle. */
  readonly plan: string;
  /** For the agent; may have secrets in it, and is there only until the start. */
  readonly order: string;
  /** Where the shim listens. */
  readonly socket: string;
  /** The disk that the container writes. */
  readonly upper: string;
  /** See `rootDisks`; there only until the start. */
  readonly spare: string;
  /** Marks: memory ran out; why the machine ended; somebody wants it paused. */
  readonly oom: string;
  readonly reason: string;
  readonly paused: string;
  /** The bundle of a machine that only shows the disks. */
  readonly visit: string;
}

export const clearLayout = ({ dir, scratch }: WorkloadLayout): ClearLayout => ({
  plan: join(dir, 'machine'),
  order: join(scratch, 'order'),
  socket: join(dir, 'agent.sock'),
  upper: join(dir, 'upper.img'),
  spare: join(dir, 'spare.img'),
  oom: join(dir, 'oom'),
  reason: join(dir, 'reason'),
  paused: join(dir, 'paused'),
  visit: join(dir, 'visit'),
});
