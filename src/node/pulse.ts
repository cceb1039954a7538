import type { Clock } from '#kernel/clock.ts';
import { messageOf } from '#kernel/errors.ts';
import type { Logger } from '#kernel/log.ts';
import { nodeStatus, stats, type Stats } from '#ssntp/payloads.ts';
import { FrameType } from '#ssntp/frames.ts';
import { Command, Status } from '#ssntp/operands.ts';
import type { OutgoingFrame, Session } from '#ssntp/session.ts';
import type { MachineFigures } from './machine.ts';
import { isContainer, isUp, type Entry, type WorldView } from './objects.ts';

export interface PulseDeps {
  readonly uuid: string;
  readonly hostname: string;
  readonly world: WorldView;
  readonly figures: () => Promise<MachineFigures>;
  readonly session: () => Session | null;
  /** Tells control everything: whatever got lost, this mends. */
  readonly whole: () => void;
  readonly clock: Clock;
  readonly log: Logger;
}

const BEAT_MS = 6_000;
const BEATS_PER_WHOLE = 10;
const FULL_BELOW_MIB = { memory: 128, disk: 1024 };

/** Ciao's heartbeat: READY or FULL every 6 s; STATS, and a whole report, every minute. Until the signal aborts. */
export async function keepPulse(deps: PulseDeps, signal: AbortSignal): Promise<void> {
  for (let beat = 0; !signal.aborted; beat++) {
    await send(deps, beat % BEATS_PER_WHOLE === 0).catch((thrown: unknown) =>
      deps.log.warn({ why: messageOf(thrown) }, 'a heartbeat was not sent'),
    );
    await deps.clock.sleep(BEAT_MS, signal).catch(() => {}); // the node ends
    if ((beat + 1) % BEATS_PER_WHOLE === 0) deps.whole();
  }
}

async function send(deps: PulseDeps, withStats: boolean): Promise<void> {
  const session = deps.session();
  if (!session) return;
  const figures = await deps.figures();
  session.send(statusFrame(deps, figures));
  if (withStats) session.send(statsFrame(deps, figures));
}

export function isFull({ memoryAvailable, diskAvailable }: MachineFigures): boolean {
  return memoryAvailable < FULL_BELOW_MIB.memory || diskAvailable < FULL_BELOW_MIB.disk;
}

const statusFrame = (deps: PulseDeps, figures: MachineFigures): OutgoingFrame => ({
  type: FrameType.Status,
  operand: isFull(figures) ? Status.FULL : Status.READY,
  payload: nodeStatus.encode(nodeFields(deps, figures)),
});

const statsFrame = (deps: PulseDeps, figures: MachineFigures): OutgoingFrame => ({
  type: FrameType.Command,
  operand: Command.STATS,
  payload: stats.encode({
    ...nodeFields(deps, figures),
    status: isFull(figures) ? 'FULL' : 'READY',
    instances: deps.world.entries().filter(isContainer).map(instance).toArray(),
  }),
});

const nodeFields = ({ uuid, hostname }: PulseDeps, figures: MachineFigures) => ({
  node_uuid: uuid,
  hostname,
  mem_total_mb: figures.memoryTotal,
  mem_available_mb: figures.memoryAvailable,
  disk_total_mb: figures.diskTotal,
  disk_available_mb: figures.diskAvailable,
  load: figures.load,
  cpus_online: figures.cpus,
  networks: [],
});

/** What a container uses is asked for by request; here -1 says that it was not measured. */
const instance = ({ id, facts }: Entry): Stats['instances'][number] => ({
  instance_uuid: id,
  state: isUp(facts.workload.state)
    ? 'active'
    : facts.workload.state.status === 'stopped'
      ? 'exited'
      : 'pending',
  ssh_ip: '',
  ssh_port: 0,
  memory_usage_mb: -1,
  disk_usage_mb: -1,
  cpu_usage: -1,
  volumes: [],
});
