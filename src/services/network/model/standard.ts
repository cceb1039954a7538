import type { Ctx } from '#kernel/context.ts';
import { isoTime } from '#kernel/clock.ts';
import { CloudError } from '#kernel/errors.ts';
import { newUuid } from '#kernel/ids.ts';

/** What every object of this service has. */
export interface Standard {
  readonly id: string;
  readonly projectId: string;
  readonly name: string;
  readonly description: string;
  readonly tags: readonly string[];
  /** Grows with every change by the user; what If-Match compares. */
  readonly revision: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** An object as a caller means it: by id and, with If-Match, in one state. */
export interface Target {
  readonly id: string;
  readonly revision: number | null;
}

interface StandardInput {
  readonly id?: string;
  readonly name?: string;
  readonly description?: string | null;
  readonly tags?: readonly string[];
}

export function newStandard(ctx: Ctx, projectId: string, input: StandardInput = {}): Standard {
  const now = isoTime(ctx.clock.now());
  return {
    id: input.id ?? newUuid(),
    projectId,
    name: input.name ?? '',
    description: input.description ?? '',
    tags: input.tags ?? [],
    revision: 1,
    createdAt: now,
    updatedAt: now,
  };
}

/** The object after a change by the user. */
export const changed = <T extends Standard>(ctx: Ctx, before: T, change: Partial<T>): T => ({
  ...before,
  ...change,
  revision: before.revision + 1,
  updatedAt: isoTime(ctx.clock.now()),
});

/** @throws CloudError `precondition-failed` when it is no longer as the caller saw it. */
export function assertRevision(object: Standard, { revision }: Target): void {
  if (revision === null || revision === object.revision) return;
  throw new CloudError(
    'precondition-failed',
    `Constrained to ${revision}, but current revision is ${object.revision}`,
    { code: 'RevisionNumberConstraintFailed' },
  );
}
