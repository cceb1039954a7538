import { sql, type Expression, type SqlBool } from 'kysely';
import { flag, fromFlag } from '#kernel/db/columns.ts';
import type { Db } from '#kernel/db/database.ts';
import type { Acl, Guarded } from '../model/access.ts';
import type { GuardedRow, SecretTables } from '../tables.ts';

type Executor = Db<SecretTables>;
type GuardedTable = 'secret' | 'secret_container';

/** Whose eyes a list is for. */
export interface Viewer {
  readonly projectId: string;
  readonly userId: string;
  /** Sees what ACLs close to the project, too. */
  readonly all: boolean;
}

export interface OffsetPage {
  readonly limit: number;
  readonly offset: number;
}

export interface Listed<T> {
  readonly items: readonly T[];
  /** How many there are on all pages. */
  readonly total: number;
}

/** SQL on what secrets and containers have in common: who may read them. */
export const aclStore = {
  async users(db: Executor, objectId: string): Promise<string[]> {
    const rows = await db
      .selectFrom('secret_acl_user')
      .select('user_id')
      .where('object_id', '=', objectId)
      .orderBy('user_id')
      .execute();
    return rows.map((row) => row.user_id);
  },

  async names(db: Executor, objectId: string, userId: string): Promise<boolean> {
    const row = await db
      .selectFrom('secret_acl_user')
      .select('user_id')
      .where('object_id', '=', objectId)
      .where('user_id', '=', userId)
      .executeTakeFirst();
    return row !== undefined;
  },

  async save(tx: Executor, table: GuardedTable, { id, acl }: Pick<Guarded, 'id' | 'acl'>): Promise<void> {
    await tx.updateTable(table).set(aclColumns(acl)).where('id', '=', id).execute();
  },

  async setUsers(tx: Executor, objectId: string, users: readonly string[]): Promise<void> {
    await tx.deleteFrom('secret_acl_user').where('object_id', '=', objectId).execute();
    if (users.length === 0) return;
    const rows = users.map((user) => ({ object_id: objectId, user_id: user }));
    await tx.insertInto('secret_acl_user').values(rows).execute();
  },
};

/** The condition that a list shows an object to its viewer; `project_access` and `creator_id` are the listed table's. */
export const isVisible = ({ projectId, userId, all }: Viewer): Expression<SqlBool> =>
  all
    ? sql<SqlBool>`project_id = ${projectId}`
    : sql<SqlBool>`(project_id = ${projectId} and (project_access = 1 or creator_id = ${userId} or ${namesUser(userId)}))`;

/** The condition that an object's ACL names a user, whatever project it is in. */
export const namesUser = (userId: string): Expression<SqlBool> =>
  sql<SqlBool>`id in (select object_id from secret_acl_user where user_id = ${userId})`;

export const guardedColumns = (object: Guarded): GuardedRow => ({
  id: object.id,
  project_id: object.projectId,
  creator_id: object.creatorId,
  ...aclColumns(object.acl),
  created_at: object.createdAt,
  updated_at: object.updatedAt,
});

const aclColumns = (acl: Acl) => ({
  project_access: flag(acl.projectAccess),
  acl_created_at: acl.createdAt,
  acl_updated_at: acl.updatedAt,
});

export const guardedOf = (row: GuardedRow): Guarded => ({
  id: row.id,
  projectId: row.project_id,
  creatorId: row.creator_id,
  acl: {
    projectAccess: fromFlag(row.project_access),
    createdAt: row.acl_created_at,
    updatedAt: row.acl_updated_at,
  },
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});
