import { flag, fromFlag, fromJson, json } from '#kernel/db/columns.ts';
import type { Db } from '#kernel/db/database.ts';
import type { Vault } from '#kernel/vault/vault.ts';
import type { Recipe, Stack } from '../model/stack.ts';
import type { OrchestrationTables, StackRow } from '../tables.ts';

type Executor = Db<OrchestrationTables>;

/** All SQL on stacks. A recipe is sealed for the project: a row is made before it is written. */
export const stackStore = {
  async find(db: Executor, id: string): Promise<StackRow | undefined> {
    return db.selectFrom('stack').selectAll().where('id', '=', id).executeTakeFirst();
  },

  /** A living one that nobody nested. */
  async findByName(db: Executor, projectId: string, name: string): Promise<StackRow | undefined> {
    return db
      .selectFrom('stack')
      .selectAll()
      .where('project_id', '=', projectId)
      .where('name', '=', name)
      .where('parent_id', 'is', null)
      .where('deleted_at', 'is', null)
      .executeTakeFirst();
  },

  /** Which change is wanted now; undefined when there is no such stack. */
  async traversal(db: Executor, id: string): Promise<string | undefined> {
    const row = await db.selectFrom('stack').select('traversal').where('id', '=', id).executeTakeFirst();
    return row?.traversal;
  },

  /** All stacks below one root, and it. */
  async kin(db: Executor, rootId: string): Promise<Kin[]> {
    const rows = await db
      .selectFrom('stack')
      .select(['id', 'name', 'project_id', 'parent_id', 'parent_resource', 'root_id', 'deleted_at'])
      .where('root_id', '=', rootId)
      .execute();
    return rows.map((row) => ({
      id: row.id,
      name: row.name,
      projectId: row.project_id,
      parentId: row.parent_id,
      parentResource: row.parent_resource,
      rootId: row.root_id,
      deletedAt: row.deleted_at,
    }));
  },

  async insert(tx: Executor, row: StackRow): Promise<void> {
    await tx.insertInto('stack').values(row).execute();
  },

  async replace(tx: Executor, { id, ...row }: StackRow): Promise<void> {
    await tx.updateTable('stack').set(row).where('id', '=', id).execute();
  },

  /** Writes a change while the stack is still at the traversal that the change was decided on. @returns whether it was. */
  async change(
    tx: Executor,
    at: Pick<StackRow, 'id' | 'traversal'>,
    change: Partial<StackRow>,
  ): Promise<boolean> {
    const done = await tx
      .updateTable('stack')
      .set(change)
      .where('id', '=', at.id)
      .where('traversal', '=', at.traversal)
      .executeTakeFirst();
    return done.numUpdatedRows > 0n;
  },

  /** Living stacks of a project, beside nested ones. */
  async countLiving(db: Executor, projectId: string): Promise<number> {
    const row = await db
      .selectFrom('stack')
      .select((e) => e.fn.countAll().as('total'))
      .where('project_id', '=', projectId)
      .where('parent_id', 'is', null)
      .where('deleted_at', 'is', null)
      .executeTakeFirst();
    return Number(row?.total ?? 0);
  },
};

/** A stack among those of its root. */
export type Kin = Pick<
  Stack,
  'id' | 'name' | 'projectId' | 'parentId' | 'parentResource' | 'rootId' | 'deletedAt'
>;

const contextOf = (id: string): string => `stack/${id}`;

export const sealRecipe = (
  vault: Vault,
  { id, projectId }: Pick<Stack, 'id' | 'projectId'>,
  recipe: Recipe,
) => vault.seal(projectId, json(recipe), contextOf(id));

export async function sealStack(vault: Vault, stack: Stack): Promise<StackRow> {
  return {
    id: stack.id,
    name: stack.name,
    project_id: stack.projectId,
    actor_json: json(stack.actor),
    owner: stack.actor.user.name,
    parent_id: stack.parentId,
    parent_resource: stack.parentResource,
    root_id: stack.rootId,
    description: stack.description,
    tags_json: json(stack.tags),
    action: stack.action,
    status: stack.status,
    status_reason: stack.statusReason,
    sealed_recipe: await sealRecipe(vault, stack, stack.recipe),
    sealed_former: stack.former && (await sealRecipe(vault, stack, stack.former)),
    traversal: stack.traversal,
    disable_rollback: flag(stack.disableRollback),
    timeout_minutes: stack.timeoutMinutes,
    deadline: stack.deadline,
    created_at: stack.createdAt,
    updated_at: stack.updatedAt,
    deleted_at: stack.deletedAt,
  };
}

export async function openStack(vault: Vault, row: StackRow): Promise<Stack> {
  const open = async (sealed: string) =>
    fromJson<Recipe>((await vault.open(row.project_id, sealed, contextOf(row.id))).toString());
  return {
    id: row.id,
    name: row.name,
    projectId: row.project_id,
    actor: fromJson(row.actor_json),
    parentId: row.parent_id,
    parentResource: row.parent_resource,
    rootId: row.root_id,
    description: row.description,
    tags: fromJson(row.tags_json),
    action: row.action as Stack['action'],
    status: row.status as Stack['status'],
    statusReason: row.status_reason,
    recipe: await open(row.sealed_recipe),
    former: row.sealed_former === null ? null : await open(row.sealed_former),
    traversal: row.traversal,
    disableRollback: fromFlag(row.disable_rollback),
    timeoutMinutes: row.timeout_minutes,
    deadline: row.deadline,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    deletedAt: row.deleted_at,
  };
}
