import type { ProbeReport } from '#node/protocol.ts';
import type { Container } from '../model/container.ts';

/** Our own: what its node last said of the container's health, probe by probe. */
export function healthView({ status, statusReason, observed, autoHeal }: Container) {
  const health = observed?.health ?? null;
  const probes = Object.entries(health?.probes ?? {});
  return {
    status: health?.status ?? null,
    container_status: status,
    reason: statusReason,
    auto_heal: autoHeal,
    restart_count: observed?.restarts ?? 0,
    started_at: observed?.startedAt ?? null,
    probes: Object.fromEntries(probes.map(([name, probe]) => [name, probeView(probe)])),
  };
}

const probeView = ({ state, since, successes, failures, output, at }: ProbeReport) => ({
  state,
  since,
  successes,
  failures,
  output,
  checked_at: at,
});
