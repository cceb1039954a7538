import type { Clock } from '#kernel/clock.ts';

const INTERVAL = 4_000;
const MISSED = 3;

export interface HeartbeatDeps {
  readonly clock: Clock;
  readonly ping: () => void;
  /** Grows with everything that the peer sends, pings or not. */
  readonly received: () => number;
}

/** Sends a ping every 4 s. Resolves when the peer was silent for three of them; rejects when the signal aborts. */
export async function peerSilent(
  { clock, ping, received }: HeartbeatDeps,
  signal: AbortSignal,
): Promise<void> {
  let before = received();
  for (let missed = 0; missed < MISSED;) {
    ping();
    await clock.sleep(INTERVAL, signal);
    const after = received();
    missed = after === before ? missed + 1 : 0;
    before = after;
  }
}
