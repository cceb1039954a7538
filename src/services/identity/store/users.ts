import { Changes, type Change } from '#kernel/db/changes.ts';
import { flag, fromFlag, fromJson, json } from '#kernel/db/columns.ts';
import type { Db } from '#kernel/db/database.ts';
import type { ExpiryFilter } from '../model/password-expiry.ts';
import type { Group, User } from '../model/user.ts';
import { accessRuleStore } from './access-rules.ts';
import { follows, WHOLE } from './by-name.ts';
import { oauthTokenStore } from './oauth.ts';
import { trustStore } from './trusts.ts';
import { userCredentialStore } from './user-credentials.ts';
import type { GroupRow, IdentityTables, UserRow } from '../tables.ts';

type Executor = Db<IdentityTables>;

export interface UserFilter {
  readonly domainId?: string;
  readonly name?: string;
  readonly enabled?: boolean;
  readonly groupId?: string;
  readonly passwordExpiry?: ExpiryFilter;
}

export interface GroupFilter {
  readonly domainId?: string;
  readonly name?: string;
  readonly userId?: string;
}

/** To administrators alone: a user is of no project. */
const note = (what: Change['what'], { id, name }: { readonly id: string; readonly name?: string }): void =>
  Changes.note({ service: 'identity', noun: 'user', id, projectId: null, what, name });

/** All SQL on users. */
export const userStore = {
  async find(db: Executor, id: string): Promise<User | undefined> {
    const row = await db.selectFrom('identity_user').selectAll().where('id', '=', id).executeTakeFirst();
    return row && fromRow(row);
  },

  async findByName(db: Executor, name: string, domainId: string): Promise<User | undefined> {
    const row = await db
      .selectFrom('identity_user')
      .selectAll()
      .where('name', '=', name)
      .where('domain_id', '=', domainId)
      .executeTakeFirst();
    return row && fromRow(row);
  },

  async list(db: Executor, filter: UserFilter, page = WHOLE): Promise<User[]> {
    let query = db.selectFrom('identity_user').selectAll();
    if (filter.domainId !== undefined) query = query.where('domain_id', '=', filter.domainId);
    if (filter.name !== undefined) query = query.where('name', '=', filter.name);
    if (filter.enabled !== undefined) query = query.where('enabled', '=', flag(filter.enabled));
    const { passwordExpiry: expiry } = filter;
    if (expiry !== undefined) query = query.where('password_expires_at', expiry.operator, expiry.time);
    const { groupId } = filter;
    if (groupId !== undefined) {
      query = query.where('id', 'in', (members) =>
        members.selectFrom('identity_membership').select('user_id').where('group_id', '=', groupId),
      );
    }
    if (page.after) query = query.where(follows(page.after));
    if (page.limit !== null) query = query.limit(page.limit);
    return (await query.orderBy('name').orderBy('id').execute()).map(fromRow);
  },

  async insert(db: Executor, user: User): Promise<void> {
    await db.insertInto('identity_user').values(toRow(user)).execute();
    note('created', user);
  },

  async update(db: Executor, user: User): Promise<void> {
    await db.updateTable('identity_user').set(toRow(user)).where('id', '=', user.id).execute();
    note('updated', user);
  },

  async findMany(db: Executor, ids: readonly string[]): Promise<User[]> {
    if (ids.length === 0) return [];
    return (await db.selectFrom('identity_user').selectAll().where('id', 'in', ids).execute()).map(fromRow);
  },

  async delete(db: Executor, id: string): Promise<void> {
    note('deleted', { id });
    await db.deleteFrom('identity_membership').where('user_id', '=', id).execute();
    await db.deleteFrom('identity_app_credential').where('user_id', '=', id).execute();
    await accessRuleStore.deleteOfUser(db, id);
    await userCredentialStore.deleteOfUser(db, id);
    await trustStore.deleteOfUser(db, id);
    await oauthTokenStore.delete(db, { userId: id });
    await db
      .deleteFrom('identity_assignment')
      .where('actor_kind', '=', 'user')
      .where('actor_id', '=', id)
      .execute();
    await db.deleteFrom('identity_past_password').where('user_id', '=', id).execute();
    await db.deleteFrom('identity_attempt').where('user_id', '=', id).execute();
    await db.deleteFrom('identity_user').where('id', '=', id).execute();
  },

  /** Notes that the user was there. */
  async touch(db: Executor, id: string, at: string): Promise<void> {
    await db.updateTable('identity_user').set({ active_at: at }).where('id', '=', id).execute();
  },

  /** Enabled users who were last there before then. */
  async listInactive(db: Executor, before: string): Promise<User[]> {
    const rows = await db
      .selectFrom('identity_user')
      .selectAll()
      .where('enabled', '=', flag(true))
      .where('active_at', '<', before)
      .execute();
    return rows.map(fromRow);
  },

  async disable(db: Executor, ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    await db
      .updateTable('identity_user')
      .set({ enabled: flag(false) })
      .where('id', 'in', ids)
      .execute();
  },
};

/** All SQL on groups and who is in them. */
export const groupStore = {
  async find(db: Executor, id: string): Promise<Group | undefined> {
    const row = await db.selectFrom('identity_group').selectAll().where('id', '=', id).executeTakeFirst();
    return row && groupFromRow(row);
  },

  async list(db: Executor, filter: GroupFilter, page = WHOLE): Promise<Group[]> {
    let query = db.selectFrom('identity_group').selectAll();
    if (filter.domainId !== undefined) query = query.where('domain_id', '=', filter.domainId);
    if (filter.name !== undefined) query = query.where('name', '=', filter.name);
    const { userId } = filter;
    if (userId !== undefined) {
      query = query.where('id', 'in', (members) =>
        members.selectFrom('identity_membership').select('group_id').where('user_id', '=', userId),
      );
    }
    if (page.after) query = query.where(follows(page.after));
    if (page.limit !== null) query = query.limit(page.limit);
    return (await query.orderBy('name').orderBy('id').execute()).map(groupFromRow);
  },

  async insert(db: Executor, group: Group): Promise<void> {
    await db.insertInto('identity_group').values(groupToRow(group)).execute();
  },

  async update(db: Executor, group: Group): Promise<void> {
    await db.updateTable('identity_group').set(groupToRow(group)).where('id', '=', group.id).execute();
  },

  async delete(db: Executor, id: string): Promise<void> {
    await db.deleteFrom('identity_membership').where('group_id', '=', id).execute();
    await db
      .deleteFrom('identity_assignment')
      .where('actor_kind', '=', 'group')
      .where('actor_id', '=', id)
      .execute();
    await db.deleteFrom('identity_group').where('id', '=', id).execute();
  },

  async findMany(db: Executor, ids: readonly string[]): Promise<Group[]> {
    if (ids.length === 0) return [];
    const rows = await db.selectFrom('identity_group').selectAll().where('id', 'in', ids).execute();
    return rows.map(groupFromRow);
  },

  /** Ids of the members of many groups, by group id. */
  async membersOf(db: Executor, groupIds: readonly string[]): Promise<Map<string, string[]>> {
    if (groupIds.length === 0) return new Map();
    const rows = await db
      .selectFrom('identity_membership')
      .selectAll()
      .where('group_id', 'in', groupIds)
      .orderBy('user_id')
      .execute();
    const groups = Map.groupBy(rows, (row) => row.group_id);
    return new Map([...groups].map(([id, members]) => [id, members.map((row) => row.user_id)]));
  },

  async isMember(db: Executor, groupId: string, userId: string): Promise<boolean> {
    const row = await db
      .selectFrom('identity_membership')
      .select('user_id')
      .where('group_id', '=', groupId)
      .where('user_id', '=', userId)
      .executeTakeFirst();
    return row !== undefined;
  },

  async addMember(db: Executor, groupId: string, userId: string): Promise<void> {
    await db
      .insertInto('identity_membership')
      .values({ group_id: groupId, user_id: userId })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  },

  async removeMember(db: Executor, groupId: string, userId: string): Promise<void> {
    await db
      .deleteFrom('identity_membership')
      .where('group_id', '=', groupId)
      .where('user_id', '=', userId)
      .execute();
  },
};

const toRow = (user: User): UserRow => ({
  id: user.id,
  name: user.name,
  domain_id: user.domainId,
  enabled: flag(user.enabled),
  default_project_id: user.defaultProjectId,
  description: user.description,
  email: user.email,
  options_json: json(user.options),
  extra_json: json(user.extra),
  password_hash: user.passwordHash,
  password_changed_at: user.passwordChangedAt,
  password_expires_at: user.passwordExpiresAt,
  active_at: user.activeAt,
});

const fromRow = (row: UserRow): User => ({
  id: row.id,
  name: row.name,
  domainId: row.domain_id,
  enabled: fromFlag(row.enabled),
  defaultProjectId: row.default_project_id,
  description: row.description,
  email: row.email,
  options: fromJson(row.options_json),
  extra: fromJson(row.extra_json),
  passwordHash: row.password_hash,
  passwordChangedAt: row.password_changed_at,
  passwordExpiresAt: row.password_expires_at,
  activeAt: row.active_at,
});

const groupToRow = (group: Group): GroupRow => ({
  id: group.id,
  name: group.name,
  domain_id: group.domainId,
  description: group.description,
});

const groupFromRow = (row: GroupRow): Group => ({
  id: row.id,
  name: row.name,
  domainId: row.domain_id,
  description: row.description,
});
