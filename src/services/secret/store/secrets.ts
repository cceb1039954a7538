import { Changes, type Change } from '#kernel/db/changes.ts';
import { sql, type SelectQueryBuilder } from 'kysely';
import type { Db } from '#kernel/db/database.ts';
import type { SortKey } from '#kernel/paging.ts';
import type { Secret, SecretType } from '../model/secret.ts';
import type { SecretRow, SecretTables } from '../tables.ts';
import {
  guardedColumns,
  guardedOf,
  isVisible,
  namesUser,
  type Listed,
  type OffsetPage,
  type Viewer,
} from './guarded.ts';

type Executor = Db<SecretTables>;
type Query = SelectQueryBuilder<SecretTables, 'secret', object>;

/** Sort keys by their wire names. All secrets are ACTIVE, so sorting by status leaves them as they are. */
export const SECRET_SORT_COLUMNS = {
  created: 'created_at',
  updated: 'updated_at',
  expiration: 'expiration',
  mode: 'mode',
  name: 'name',
  secret_type: 'type',
  status: 'id',
} as const;

/** `gte:2026-01-01` on a time, its column chosen by the caller. */
export interface TimeComparison {
  readonly column: 'created_at' | 'updated_at' | 'expiration';
  readonly operator: '>' | '>=' | '<' | '<=' | '=';
  readonly value: string;
}

export interface SecretFilter {
  readonly viewer: Viewer;
  /** Only what an ACL names the viewer in, of all projects. */
  readonly aclOnly: boolean;
  readonly equal: Readonly<
    Partial<Record<'name' | 'algorithm' | 'mode' | 'bit_length' | 'type', string | number>>
  >;
  readonly times: readonly TimeComparison[];
}

export interface SecretPage extends OffsetPage {
  readonly sort: readonly SortKey[];
  /** Stored time: what has expired by then is not there. */
  readonly now: string;
}

/** All but what is sealed: lists never read payloads. */
const COLUMNS = [
  'id',
  'project_id',
  'creator_id',
  'project_access',
  'acl_created_at',
  'acl_updated_at',
  'created_at',
  'updated_at',
  'name',
  'type',
  'algorithm',
  'bit_length',
  'mode',
  'expiration',
  'content_type',
] as const;

type Shown = Pick<SecretRow, (typeof COLUMNS)[number]>;

/** All SQL on secrets. */
export const secretStore = {
  /** @returns undefined also for one that has expired. */
  async find(db: Executor, id: string, now: string): Promise<Secret | undefined> {
    const [secret] = await secretStore.findAll(db, [id], now);
    return secret;
  },

  async findAll(db: Executor, ids: readonly string[], now: string): Promise<Secret[]> {
    if (ids.length === 0) return [];
    const rows = await unexpired(db.selectFrom('secret') as Query, now)
      .where('id', 'in', ids)
      .select(COLUMNS)
      .execute();
    return rows.map(fromRow);
  },

  async list(db: Executor, filter: SecretFilter, page: SecretPage): Promise<Listed<Secret>> {
    const matching = applyFilter(unexpired(db.selectFrom('secret'), page.now), filter);
    const count = await matching.select((e) => e.fn.countAll().as('total')).executeTakeFirst();
    let query = matching.select(COLUMNS).limit(page.limit).offset(page.offset);
    for (const { column, direction } of page.sort) query = query.orderBy(nullsFirst(column), direction);
    const rows = page.limit === 0 ? [] : await query.execute();
    return { items: rows.map(fromRow), total: Number(count?.total ?? 0) };
  },

  /** Its payload as the vault sealed it; null while there is none. */
  async sealed(db: Executor, id: string): Promise<string | null> {
    const row = await db.selectFrom('secret').select('sealed').where('id', '=', id).executeTakeFirst();
    return row?.sealed ?? null;
  },

  /** @returns whether it is new: one of this id may be there. */
  async insert(tx: Executor, secret: Secret, sealed: string | null): Promise<boolean> {
    const done = await tx
      .insertInto('secret')
      .values({ ...toRow(secret), sealed })
      .onConflict((conflict) => conflict.column('id').doNothing())
      .executeTakeFirst();
    const made = (done.numInsertedOrUpdatedRows ?? 0n) > 0n;
    if (made) note('created', secret);
    return made;
  },

  /** Gives it a payload, once. @returns whether it had none. */
  async fill(tx: Executor, secret: Secret, sealed: string): Promise<boolean> {
    const done = await tx
      .updateTable('secret')
      .set({ sealed, content_type: secret.contentType, updated_at: secret.updatedAt })
      .where('id', '=', secret.id)
      .where('sealed', 'is', null)
      .executeTakeFirst();
    if (done.numUpdatedRows > 0n) note('updated', secret);
    return done.numUpdatedRows > 0n;
  },

  /** With all that hangs on them. */
  async delete(tx: Executor, ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    await tx.deleteFrom('secret_metadata').where('secret_id', 'in', ids).execute();
    await tx.deleteFrom('secret_acl_user').where('object_id', 'in', ids).execute();
    await tx.deleteFrom('secret_consumer').where('object_id', 'in', ids).execute();
    await tx.deleteFrom('secret_container_member').where('secret_id', 'in', ids).execute();
    const gone = await tx
      .deleteFrom('secret')
      .where('id', 'in', ids)
      .returning(['id', 'project_id'])
      .execute();
    for (const { id, project_id } of gone) note('deleted', { id, projectId: project_id });
  },

  async expired(db: Executor, now: string, limit: number): Promise<string[]> {
    const rows = await db
      .selectFrom('secret')
      .select('id')
      .where('expiration', '<=', now)
      .limit(limit)
      .execute();
    return rows.map((row) => row.id);
  },
};

/** Both engines agree on where nulls stand; columns without any keep their index. */
const nullsFirst = (column: string) =>
  ['expiration', 'mode', 'name'].includes(column) ? sql`coalesce(${sql.ref(column)}, '')` : sql.ref(column);

const unexpired = (query: Query, now: string): Query =>
  query.where((where) => where.or([where('expiration', 'is', null), where('expiration', '>', now)]));

function applyFilter(start: Query, { viewer, aclOnly, equal, times }: SecretFilter): Query {
  let query = start.where(aclOnly ? namesUser(viewer.userId) : isVisible(viewer));
  for (const [column, value] of Object.entries(equal)) query = query.where(sql.ref(column), '=', value);
  for (const { column, operator, value } of times) query = query.where(column, operator, value);
  return query;
}

/** Without its name: a secret may be for some of its project alone. */
const note = (what: Change['what'], { id, projectId }: Pick<Secret, 'id' | 'projectId'>) =>
  Changes.note({ service: 'secret', noun: 'secret', id, projectId, what });

const toRow = (secret: Secret): Omit<SecretRow, 'sealed'> => ({
  ...guardedColumns(secret),
  name: secret.name,
  type: secret.type,
  algorithm: secret.algorithm,
  bit_length: secret.bitLength,
  mode: secret.mode,
  expiration: secret.expiration,
  content_type: secret.contentType,
});

const fromRow = (row: Shown): Secret => ({
  ...guardedOf(row),
  name: row.name,
  type: row.type as SecretType,
  algorithm: row.algorithm,
  bitLength: row.bit_length,
  mode: row.mode,
  expiration: row.expiration,
  contentType: row.content_type,
});
