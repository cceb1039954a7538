import type { Actor } from '../context.ts';

/**
 * Who changed what, and what came of it. The vocabulary follows CADF (DSP0262) as far as it helps: initiator, action, target,
 * outcome. Never holds what was written, so that no secret comes in here.
 */
export interface AuditRecord {
  readonly id: string;
  /** ISO-8601. */
  readonly at: string;
  readonly requestId: string;
  /** `identity`. */
  readonly service: string;
  /** Name of the route, `create-project`, or of the durable task that carried it out: `container.create-container`. */
  readonly action: string;
  readonly outcome: AuditOutcome;
  /** Empty ids: nobody, which is who asks for a token. */
  readonly user: Actor;
  readonly projectId: string | null;
  /** Path of the resource below the service's prefix, with the new id after a creation; of a task, `container:<uuid>`. */
  readonly target: string;
  /** Address that the request came from; empty for what the cloud went on with by itself. */
  readonly source: string;
  /** Code of the failure; empty for success. */
  readonly reason: string;
}

/** accepted: the work goes on in a task, which leaves a record with the same request id. denied: the caller may not. */
export type AuditOutcome = 'success' | 'accepted' | 'denied' | 'failure';

export type NewAuditRecord = Omit<AuditRecord, 'id' | 'at'>;
