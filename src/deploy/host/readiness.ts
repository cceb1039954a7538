import { systemClock, type Clock } from '#kernel/clock.ts';
import { unavailable } from '#kernel/errors.ts';

/** What `GET /healthz` of the control plane says. */
export interface Health {
  readonly ready: boolean;
  readonly services: Readonly<Record<string, unknown>>;
  /** Connected nodes. */
  readonly nodes: number;
}

/** Ready means: every API answers and a node is there to run what they are asked for. */
export const isReady = (health: Health | undefined): boolean => health?.ready === true && health.nodes >= 1;

/** @returns undefined when nothing of ours answers there. Never throws. */
export async function findHealth(baseUrl: string): Promise<Health | undefined> {
  try {
    const response = await fetch(`${baseUrl}/healthz`, { signal: AbortSignal.timeout(2_000) });
    return parseHealth(await response.json());
  } catch {
    return undefined;
  }
}

export function parseHealth(body: unknown): Health | undefined {
  const { ready, services, nodes } = (body ?? {}) as Partial<Record<keyof Health, unknown>>;
  if (typeof ready !== 'boolean' || typeof nodes !== 'number') return undefined;
  return { ready, nodes, services: (services ?? {}) as Health['services'] };
}

/** @throws CloudError `unavailable` saying what is not ready when the time is over. */
export async function waitUntilReady(
  look: () => Promise<Health | undefined>,
  limitMs: number,
  clock: Clock = systemClock,
): Promise<void> {
  const deadline = clock.now().getTime() + limitMs;
  for (;;) {
    const health = await look();
    if (isReady(health)) return;
    if (clock.now().getTime() >= deadline)
      throw unavailable(`not ready after ${limitMs / 1000} s: ${describeHealth(health)}`);
    await clock.sleep(25);
  }
}

export function describeHealth(health: Health | undefined): string {
  if (health === undefined) return 'the API does not answer';
  const waiting = Object.entries(health.services).filter(([, state]) => !isUp(state));
  if (waiting.length > 0) return `waiting for ${waiting.map(([name]) => name).join(', ')}`;
  if (health.nodes < 1) return 'no node is connected';
  return health.ready ? 'ready' : 'starting';
}

const isUp = (state: unknown): boolean =>
  state === true || state === 'ok' || state === 'ready' || state === 'up';
