import type { Amounts } from '../model/quota.ts';
import type { VolumeDb } from '../tables.ts';

/** Whose limits: a project's, or a class's. */
type Owner =
  | { readonly table: 'volume_quota'; readonly owner: string }
  | { readonly table: 'volume_quota_class'; readonly owner: string };

/** Writes these limits, and leaves the others as they are. */
export async function setLimits(db: VolumeDb, { table, owner }: Owner, limits: Amounts): Promise<void> {
  const entries = Object.entries(limits);
  if (entries.length === 0) return;
  if (table === 'volume_quota')
    await db
      .insertInto(table)
      .values(entries.map(([resource, hard_limit]) => ({ project_id: owner, resource, hard_limit })))
      .onConflict((conflict) =>
        conflict
          .columns(['project_id', 'resource'])
          .doUpdateSet((eb) => ({ hard_limit: eb.ref('excluded.hard_limit') })),
      )
      .execute();
  else
    await db
      .insertInto(table)
      .values(entries.map(([resource, hard_limit]) => ({ class: owner, resource, hard_limit })))
      .onConflict((conflict) =>
        conflict
          .columns(['class', 'resource'])
          .doUpdateSet((eb) => ({ hard_limit: eb.ref('excluded.hard_limit') })),
      )
      .execute();
}

export async function unsetLimits(db: VolumeDb, projectId: string): Promise<void> {
  await db.deleteFrom('volume_quota').where('project_id', '=', projectId).execute();
}
