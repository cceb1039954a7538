import { flag, fromFlag, fromJson, json } from '#kernel/db/columns.ts';
import type { Db } from '#kernel/db/database.ts';
import type { AccessRule, AppCredential, Revocation } from '../model/credential.ts';
import type { AppCredentialRow, IdentityTables } from '../tables.ts';

type Executor = Db<IdentityTables>;

/** All SQL on application credentials. */
export const appCredentialStore = {
  async find(db: Executor, id: string): Promise<AppCredential | undefined> {
    const row = await db
      .selectFrom('identity_app_credential')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirst();
    return row && fromRow(row);
  },

  async list(db: Executor, userId: string, name?: string): Promise<AppCredential[]> {
    let query = db.selectFrom('identity_app_credential').selectAll().where('user_id', '=', userId);
    if (name !== undefined) query = query.where('name', '=', name);
    return (await query.orderBy('name').execute()).map(fromRow);
  },

  async insert(db: Executor, credential: AppCredential): Promise<void> {
    await db.insertInto('identity_app_credential').values(toRow(credential)).execute();
  },

  /** What somebody made in a project in which they have lost a role. */
  async deleteOf(
    db: Executor,
    { userId, projectId }: Pick<AppCredential, 'userId' | 'projectId'>,
  ): Promise<void> {
    await db
      .deleteFrom('identity_app_credential')
      .where('user_id', '=', userId)
      .where('project_id', '=', projectId)
      .execute();
  },

  async delete(db: Executor, id: string): Promise<void> {
    await db.deleteFrom('identity_app_credential').where('id', '=', id).execute();
  },
};

/** All SQL on revocations. */
export const revocationStore = {
  async listLive(db: Executor, now: string): Promise<Revocation[]> {
    const rows = await db
      .selectFrom('identity_revocation')
      .selectAll()
      .where('expires_at', '>', now)
      .execute();
    return rows.map((row) => ({
      id: row.id,
      kind: row.kind as Revocation['kind'],
      value: row.value,
      issuedBefore: row.issued_before,
      expiresAt: row.expires_at,
    }));
  },

  async insert(db: Executor, revocation: Revocation): Promise<void> {
    await db
      .insertInto('identity_revocation')
      .values({
        id: revocation.id,
        kind: revocation.kind,
        value: revocation.value,
        issued_before: revocation.issuedBefore,
        expires_at: revocation.expiresAt,
      })
      .execute();
  },

  async prune(db: Executor, now: string): Promise<void> {
    await db.deleteFrom('identity_revocation').where('expires_at', '<=', now).execute();
  },
};

const toRow = (credential: AppCredential): AppCredentialRow => ({
  id: credential.id,
  name: credential.name,
  description: credential.description,
  user_id: credential.userId,
  project_id: credential.projectId,
  secret_hash: credential.secretHash,
  roles_json: json(credential.roleIds),
  expires_at: credential.expiresAt,
  unrestricted: flag(credential.unrestricted),
  access_rules_json: credential.accessRules === null ? null : json(credential.accessRules),
});

const fromRow = (row: AppCredentialRow): AppCredential => ({
  id: row.id,
  name: row.name,
  description: row.description,
  userId: row.user_id,
  projectId: row.project_id,
  secretHash: row.secret_hash,
  roleIds: fromJson(row.roles_json),
  expiresAt: row.expires_at,
  unrestricted: fromFlag(row.unrestricted),
  accessRules: row.access_rules_json === null ? null : fromJson<AccessRule[]>(row.access_rules_json),
});
