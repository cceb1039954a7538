import { fromJson, json } from '#kernel/db/columns.ts';
import type { Db } from '#kernel/db/database.ts';
import type { Order, OrderMeta, OrderStatus, OrderType } from '../model/order.ts';
import type { OrderRow, SecretTables } from '../tables.ts';
import type { Listed, OffsetPage } from './guarded.ts';

type Executor = Db<SecretTables>;

/** All SQL on orders. */
export const orderStore = {
  async find(db: Executor, id: string): Promise<Order | undefined> {
    const row = await db.selectFrom('secret_order').selectAll().where('id', '=', id).executeTakeFirst();
    return row && fromRow(row);
  },

  async list(db: Executor, projectId: string, page: OffsetPage): Promise<Listed<Order>> {
    const own = db.selectFrom('secret_order').where('project_id', '=', projectId);
    const count = await own.select((e) => e.fn.countAll().as('total')).executeTakeFirst();
    const rows = await own
      .selectAll()
      .orderBy('created_at')
      .orderBy('id')
      .limit(page.limit)
      .offset(page.offset)
      .execute();
    return { items: rows.map(fromRow), total: Number(count?.total ?? 0) };
  },

  async insert(tx: Executor, order: Order): Promise<void> {
    await tx.insertInto('secret_order').values(toRow(order)).execute();
  },

  /** Writes its outcome if it is still in the given state. @returns whether it was. */
  async settle(tx: Executor, order: Order, from: OrderStatus): Promise<boolean> {
    const done = await tx
      .updateTable('secret_order')
      .set(toRow(order))
      .where('id', '=', order.id)
      .where('status', '=', from)
      .executeTakeFirst();
    return done.numUpdatedRows > 0n;
  },

  /** @returns whether it was there. */
  async delete(db: Executor, id: string): Promise<boolean> {
    const done = await db.deleteFrom('secret_order').where('id', '=', id).executeTakeFirst();
    return done.numDeletedRows > 0n;
  },
};

const toRow = (order: Order): OrderRow => ({
  id: order.id,
  project_id: order.projectId,
  creator_id: order.creatorId,
  type: order.type,
  meta_json: json(order.meta),
  sealed_passphrase: order.sealedPassphrase,
  status: order.status,
  error_status: order.error?.status ?? null,
  error_reason: order.error?.reason ?? null,
  secret_id: order.secretId,
  container_id: order.containerId,
  created_at: order.createdAt,
  updated_at: order.updatedAt,
});

const fromRow = (row: OrderRow): Order => ({
  id: row.id,
  projectId: row.project_id,
  creatorId: row.creator_id,
  type: row.type as OrderType,
  meta: fromJson<OrderMeta>(row.meta_json),
  sealedPassphrase: row.sealed_passphrase,
  status: row.status as OrderStatus,
  error: row.error_status === null ? null : { status: row.error_status, reason: row.error_reason ?? '' },
  secretId: row.secret_id,
  containerId: row.container_id,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});
