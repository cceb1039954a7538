import type { RbacPolicy } from '../model/sharing.ts';
import type { NetworkDb } from '../tables.ts';

export const rbacViews = async (_db: NetworkDb, entries: readonly RbacPolicy[]) =>
  entries.map((entry) => ({
    id: entry.id,
    project_id: entry.projectId,
    tenant_id: entry.projectId,
    object_type: entry.objectType,
    object_id: entry.objectId,
    action: entry.action,
    target_tenant: entry.targetProject,
  }));
