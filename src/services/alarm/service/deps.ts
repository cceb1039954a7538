import type { StoredCtx } from '#kernel/context.ts';
import type { Clock } from '#kernel/clock.ts';
import type { Database } from '#kernel/db/database.ts';
import type { EventLog } from '#kernel/events/event-log.ts';
import type { Logger } from '#kernel/log.ts';
import type { Policy } from '#kernel/policy/policy.ts';
import type { MetricPort } from '../../metric/port.ts';

export interface AlarmDeps {
  readonly database: Database;
  readonly policy: Policy;
  readonly events: EventLog;
  readonly metrics: MetricPort;
  readonly clock: Clock;
  readonly log: Logger;
  readonly deliver: Deliver;
}

/** Where the words of an alarm go. */
export interface Delivery {
  /** `http:` or `https:`. */
  readonly url: URL;
  /** Whose rights the call has where it is of this cloud; null = nobody's. */
  readonly as: StoredCtx | null;
  readonly body: unknown;
}

/** @throws when it was not taken */
export type Deliver = (delivery: Delivery, signal: AbortSignal) => Promise<void>;
