import type { NewAuditRecord } from '#kernel/audit/record.ts';
import { NOBODY, type Actor } from '#kernel/context.ts';

export interface End {
  /** `create-volume`. */
  readonly what: string;
  readonly failed: boolean;
  /** Of who asked for it; absent where that is not kept: then the accepted record of the same target tells. */
  readonly requestId?: string;
  readonly user?: Actor | undefined;
}

interface Item {
  readonly id: string;
  readonly projectId: string;
}

/** What a node has done, or could not do, as a task's end is told: with the id of the request that asked for it. */
export const auditOf = (kind: string, { id, projectId }: Item, end: End): NewAuditRecord => ({
  requestId: end.requestId ?? '',
  service: 'volume',
  action: `volume.${end.what}`,
  outcome: end.failed ? 'failure' : 'success',
  user: end.user ?? NOBODY,
  projectId,
  target: `${kind}:${id}`,
  source: '',
  reason: end.failed ? 'node-failed' : '',
});

/** Of whom no more than the id is kept. */
export const actorOf = ({ userId }: { readonly userId: string }): Actor => ({ ...NOBODY, id: userId });
