import type { Ctx } from '#kernel/context.ts';
import { projectOf } from '#kernel/context.ts';
import type { Guarded } from '../model/access.ts';
import { aclStore, type Viewer } from '../store/guarded.ts';
import type { SecretTables } from '../tables.ts';
import type { SecretDeps } from './deps.ts';

/**
 * Whether the rule lets the caller act on an object, as its ACL has it. Upstream tells strangers 403, not 404, and so do
 * we: clients and Tempest rely on it. What the cloud does by itself it may always.
 * @throws CloudError `forbidden`
 */
export async function authorizeOn(
  { policy, database }: Pick<SecretDeps, 'policy' | 'database'>,
  ctx: Ctx,
  { rule, object }: { readonly rule: string; readonly object: Guarded },
): Promise<void> {
  if (isCloudItself(ctx)) return;
  const name = `key-manager:${rule}`;
  const target = {
    project_id: object.projectId,
    creator_id: object.creatorId,
    private_to: object.acl.projectAccess ? undefined : object.projectId,
  };
  if (policy.allows(ctx, name, target)) return;
  const named = await aclStore.names(database.handle<SecretTables>(), object.id, ctx.user.id);
  policy.authorize(ctx, name, { ...target, reader_id: named ? ctx.user.id : undefined });
}

/** No token is for nobody: this is a task that cleans up, or a reconciler. */
const isCloudItself = (ctx: Ctx): boolean => ctx.systemScope && ctx.user.id === '';

export const viewerOf = (ctx: Ctx): Viewer => ({
  projectId: projectOf(ctx),
  userId: ctx.user.id,
  all: ctx.isAdmin,
});
