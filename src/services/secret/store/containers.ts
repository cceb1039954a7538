import type { Db } from '#kernel/db/database.ts';
import type { Container, ContainerType, Member } from '../model/container.ts';
import type { ContainerRow, SecretTables } from '../tables.ts';
import {
  guardedColumns,
  guardedOf,
  isVisible,
  type Listed,
  type OffsetPage,
  type Viewer,
} from './guarded.ts';

type Executor = Db<SecretTables>;

export interface ContainerFilter {
  readonly viewer: Viewer;
  readonly name?: string | undefined;
  readonly type?: string | undefined;
}

/** All SQL on containers and the secrets in them. */
export const containerStore = {
  async find(db: Executor, id: string): Promise<Container | undefined> {
    const row = await db.selectFrom('secret_container').selectAll().where('id', '=', id).executeTakeFirst();
    const [container] = await withMembers(db, row ? [row] : []);
    return container;
  },

  async list(db: Executor, filter: ContainerFilter, page: OffsetPage): Promise<Listed<Container>> {
    let matching = db.selectFrom('secret_container').where(isVisible(filter.viewer));
    if (filter.name !== undefined) matching = matching.where('name', '=', filter.name);
    if (filter.type !== undefined) matching = matching.where('type', '=', filter.type);
    const count = await matching.select((e) => e.fn.countAll().as('total')).executeTakeFirst();
    const rows = await matching
      .selectAll()
      .orderBy('created_at')
      .orderBy('id')
      .limit(page.limit)
      .offset(page.offset)
      .execute();
    return { items: await withMembers(db, rows), total: Number(count?.total ?? 0) };
  },

  /** One of this id may be there: then nothing changes. */
  async insert(tx: Executor, container: Container): Promise<void> {
    const { name, type } = container;
    const done = await tx
      .insertInto('secret_container')
      .values({ ...guardedColumns(container), name, type })
      .onConflict((conflict) => conflict.column('id').doNothing())
      .executeTakeFirst();
    if ((done.numInsertedOrUpdatedRows ?? 0n) > 0n) await insertMembers(tx, container.id, container.members);
  },

  /** @returns whether the container is there. */
  async setMembers(tx: Executor, container: Container): Promise<boolean> {
    const done = await tx
      .updateTable('secret_container')
      .set({ updated_at: container.updatedAt })
      .where('id', '=', container.id)
      .executeTakeFirst();
    if (done.numUpdatedRows === 0n) return false;
    await tx.deleteFrom('secret_container_member').where('container_id', '=', container.id).execute();
    await insertMembers(tx, container.id, container.members);
    return true;
  },

  /** With all that hangs on it but the secrets. */
  async delete(tx: Executor, id: string): Promise<void> {
    await tx.deleteFrom('secret_container_member').where('container_id', '=', id).execute();
    await tx.deleteFrom('secret_acl_user').where('object_id', '=', id).execute();
    await tx.deleteFrom('secret_consumer').where('object_id', '=', id).execute();
    await tx.deleteFrom('secret_container').where('id', '=', id).execute();
  },
};

async function insertMembers(tx: Executor, id: string, members: readonly Member[]): Promise<void> {
  if (members.length === 0) return;
  const rows = members.map(({ name, secretId }, place) => ({
    container_id: id,
    place,
    name,
    secret_id: secretId,
  }));
  await tx.insertInto('secret_container_member').values(rows).execute();
}

/** The secrets of many containers in one query. */
async function withMembers(db: Executor, rows: readonly ContainerRow[]): Promise<Container[]> {
  if (rows.length === 0) return [];
  const members = await db
    .selectFrom('secret_container_member')
    .selectAll()
    .where(
      'container_id',
      'in',
      rows.map(({ id }) => id),
    )
    .orderBy('place')
    .execute();
  const byContainer = Map.groupBy(members, (member) => member.container_id);
  return rows.map((row) => ({
    ...guardedOf(row),
    name: row.name,
    type: row.type as ContainerType,
    members: (byContainer.get(row.id) ?? []).map(({ name, secret_id }) => ({ name, secretId: secret_id })),
  }));
}
