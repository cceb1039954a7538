import { flag, fromFlag, fromJson, json } from '#kernel/db/columns.ts';
import type { Db } from '#kernel/db/database.ts';
import type { Vault } from '#kernel/vault/vault.ts';
import type { Recipe, Stack } from '../model/stack.ts';
import type { OrchestrationTables, StackRow } from '../tables.ts';
import { resourceStore } from './resources.ts';

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

  /** The same; where there is none, one that a stack holds. */
  async findNamed(db: Executor, projectId: string, name: string): Promise<StackRow | undefined> {
    return db
      .selectFrom('stack')
      .selectAll()
      .where('project_id', '=', projectId)
      .where('name', '=', name)
      .where('deleted_at', 'is', null)
      .orderBy((e) => e.case().when('parent_id', 'is', null).then(0).else(1).end())
      .limit(1)
      .executeTakeFirst();
  },

  /** Living ones that the resources of a stack are. */
  async heldBy(db: Executor, id: string): Promise<StackRow[]> {
    return db
      .selectFrom('stack')
      .selectAll()
      .where('parent_id', '=', id)
      .where('deleted_at', 'is', null)
      .execute();
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

  /** Writes a change while the stack is still as it was when the change was decided on. @returns whether it was. */
  async change(
    tx: Executor,
    at: Pick<StackRow, 'id' | 'traversal' | 'status'>,
    change: Partial<StackRow>,
  ): Promise<boolean> {
    const done = await tx
      .updateTable('stack')
      .set(change)
      .where('id', '=', at.id)
      .where('traversal', '=', at.traversal)
      .where('status', '=', at.status)
      .executeTakeFirst();
    return done.numUpdatedRows > 0n;
  },

  async end(
    tx: Executor,
    ids: readonly string[],
    change: Pick<StackRow, 'action' | 'status' | 'status_reason' | 'deleted_at'>,
  ): Promise<void> {
    await tx.updateTable('stack').set(change).where('id', 'in', ids).execute();
  },

  /** Those that went before a time (ISO-8601), with all that is known of them. @returns how many */
  async purge(tx: Executor, before: string): Promise<number> {
    const old = await tx
      .selectFrom('stack')
      .select('id')
      .where('deleted_at', '<', before)
      .limit(500)
      .execute();
    const ids = old.map(({ id }) => id);
    if (ids.length === 0) return 0;
    await resourceStore.forgetAll(tx, ids);
    for (const table of ['stack_event', 'stack_snapshot'] as const)
      await tx.deleteFrom(table).where('stack_id', 'in', ids).execute();
    await tx.deleteFrom('stack').where('id', 'in', ids).execute();
    return ids.length;
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
