import type { Ctx } from '#kernel/context.ts';
import type { Guarded } from '../model/access.ts';

/** One of the two kinds of object that ACLs guard and that things may use. */
export interface GuardedKind {
  readonly table: 'secret' | 'secret_container';
  /** What its rules begin with: `secret_acls:get`. */
  readonly rules: 'secret' | 'container';
  /** @throws CloudError `not-found`, `forbidden` */
  get(ctx: Ctx, id: string, rule: string): Promise<Guarded>;
}
