import type { VolumeDb } from '../tables.ts';

/** Projects that may use a private type. */
export async function projectsWithAccess(db: VolumeDb, typeId: string): Promise<string[]> {
  const rows = await db
    .selectFrom('volume_type_access')
    .select('project_id')
    .where('type_id', '=', typeId)
    .orderBy('project_id')
    .execute();
  return rows.map((row) => row.project_id);
}

/** Private types that a project may use. */
export async function typesOpenTo(db: VolumeDb, projectId: string): Promise<ReadonlySet<string>> {
  const rows = await db
    .selectFrom('volume_type_access')
    .select('type_id')
    .where('project_id', '=', projectId)
    .execute();
  return new Set(rows.map((row) => row.type_id));
}

export async function grantAccess(db: VolumeDb, typeId: string, projectId: string): Promise<void> {
  await db
    .insertInto('volume_type_access')
    .values({ type_id: typeId, project_id: projectId })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** @param projectId null = of all. @returns how many lost it. */
export async function revokeAccess(db: VolumeDb, typeId: string, projectId: string | null): Promise<number> {
  const all = db.deleteFrom('volume_type_access').where('type_id', '=', typeId);
  const result = await (
    projectId === null ? all : all.where('project_id', '=', projectId)
  ).executeTakeFirst();
  return Number(result.numDeletedRows);
}
