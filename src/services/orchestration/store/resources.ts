import { fromJson, json } from '#kernel/db/columns.ts';
import type { Db } from '#kernel/db/database.ts';
import type { Vault } from '#kernel/vault/vault.ts';
import type { Resource, ResourceSummary } from '../model/resource.ts';
import type { OrchestrationTables, ResourceRow } from '../tables.ts';
import type { JsonMap } from '../template/json.ts';

type Executor = Db<OrchestrationTables>;
/** What the engine writes of a row. */
type EngineRow = Omit<ResourceRow, 'sealed_kept'>;
type Contents = Pick<Resource, 'properties' | 'metadata' | 'data' | 'attributes' | 'reference'>;

/** All SQL on the resources of stacks. Contents are sealed for the project: a row is made before it is written. */
export const resourceStore = {
  async ofStack(db: Executor, stackId: string): Promise<ResourceRow[]> {
    return db
      .selectFrom('stack_resource')
      .selectAll()
      .where('stack_id', '=', stackId)
      .orderBy('created_at')
      .orderBy('id')
      .execute();
  },

  /** What stands for each name of these stacks now. */
  async currentOf(db: Executor, stackIds: readonly string[]): Promise<ResourceRow[]> {
    return db
      .selectFrom('stack_resource')
      .selectAll()
      .where('stack_id', 'in', stackIds)
      .where('replaced_by', 'is', null)
      .orderBy('created_at')
      .orderBy('id')
      .execute();
  },

  async find(db: Executor, stackId: string, name: string): Promise<ResourceRow | undefined> {
    return db
      .selectFrom('stack_resource')
      .selectAll()
      .where('stack_id', '=', stackId)
      .where('name', '=', name)
      .where('replaced_by', 'is', null)
      .executeTakeFirst();
  },

  /** Puts it there, in place of what it was. */
  async write(tx: Executor, row: EngineRow): Promise<void> {
    const { id: _, ...rest } = row;
    await tx
      .insertInto('stack_resource')
      .values(row)
      .onConflict((conflict) => conflict.column('id').doUpdateSet(rest))
      .execute();
  },

  /** What signals keep, apart from what the engine writes. */
  async keep(tx: Executor, id: string, sealed: string): Promise<void> {
    await tx.updateTable('stack_resource').set({ sealed_kept: sealed }).where('id', '=', id).execute();
  },

  async get(db: Executor, id: string): Promise<ResourceRow | undefined> {
    return db.selectFrom('stack_resource').selectAll().where('id', '=', id).executeTakeFirst();
  },

  /** How many the stacks of a root have, but for one of them. */
  async countBeside(db: Executor, rootId: string, stackId: string): Promise<number> {
    const row = await db
      .selectFrom('stack_resource')
      .innerJoin('stack', 'stack.id', 'stack_resource.stack_id')
      .select((e) => e.fn.countAll().as('total'))
      .where('stack.root_id', '=', rootId)
      .where('stack.id', '!=', stackId)
      .executeTakeFirst();
    return Number(row?.total ?? 0);
  },

  /** What was made stays. */
  async forgetAll(tx: Executor, stackIds: readonly string[]): Promise<void> {
    const rows = tx.selectFrom('stack_resource').select('id').where('stack_id', 'in', stackIds);
    for (const table of ['stack_signal', 'stack_hook'] as const)
      await tx.deleteFrom(table).where('resource_id', 'in', rows).execute();
    await tx.deleteFrom('stack_resource').where('stack_id', 'in', stackIds).execute();
  },

  /** With what it was told, and the hooks that it reached. */
  async delete(tx: Executor, id: string): Promise<void> {
    for (const table of ['stack_signal', 'stack_hook'] as const)
      await tx.deleteFrom(table).where('resource_id', '=', id).execute();
    await tx.deleteFrom('stack_resource').where('id', '=', id).execute();
  },
};

const contextOf = (id: string): string => `stack_resource/${id}`;
const keptContextOf = (id: string): string => `stack_resource/${id}/kept`;

export async function sealResource(vault: Vault, projectId: string, resource: Resource): Promise<EngineRow> {
  const { properties, metadata, data, attributes, reference } = resource;
  const contents: Contents = { properties, metadata, data, attributes, reference };
  return {
    id: resource.id,
    stack_id: resource.stackId,
    name: resource.name,
    type: resource.type,
    made_by: resource.madeBy,
    action: resource.action,
    status: resource.status,
    status_reason: resource.statusReason,
    physical_id: resource.physicalId,
    physical_name: resource.physicalName,
    sealed_contents: await vault.seal(projectId, json(contents), contextOf(resource.id)),
    metadata_json: json({}),
    needs_json: json(resource.needs),
    traversal: resource.traversal,
    replaced_by: resource.replacedBy,
    deletion_policy: resource.deletionPolicy,
    created_at: resource.createdAt,
    updated_at: resource.updatedAt,
  };
}

export async function openResource(vault: Vault, projectId: string, row: ResourceRow): Promise<Resource> {
  const plain = await vault.open(projectId, row.sealed_contents, contextOf(row.id));
  const contents = fromJson<Omit<Contents, 'metadata'> & Partial<Contents>>(plain.toString());
  return {
    ...resourceSummary(row),
    ...contents,
    data: { ...contents.data, ...(await openKept(vault, projectId, row)) },
    metadata: contents.metadata ?? fromJson(row.metadata_json),
  };
}

export const sealKept = (vault: Vault, projectId: string, id: string, kept: JsonMap): Promise<string> =>
  vault.seal(projectId, json(kept), keptContextOf(id));

export async function openKept(
  vault: Vault,
  projectId: string,
  { id, sealed_kept }: Pick<ResourceRow, 'id' | 'sealed_kept'>,
): Promise<JsonMap> {
  if (!sealed_kept) return {};
  return fromJson<JsonMap>((await vault.open(projectId, sealed_kept, keptContextOf(id))).toString());
}

/** What is known of a row without opening it. */
export const resourceSummary = (row: ResourceRow): ResourceSummary => ({
  id: row.id,
  stackId: row.stack_id,
  name: row.name,
  type: row.type,
  madeBy: row.made_by,
  action: row.action as Resource['action'],
  status: row.status as Resource['status'],
  statusReason: row.status_reason,
  physicalId: row.physical_id,
  physicalName: row.physical_name,
  needs: fromJson(row.needs_json),
  traversal: row.traversal,
  replacedBy: row.replaced_by,
  deletionPolicy: row.deletion_policy as Resource['deletionPolicy'],
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});
