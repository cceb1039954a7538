import { isoTime } from '#kernel/clock.ts';
import { projectOf, storeCtx, type Ctx } from '#kernel/context.ts';
import type { Db } from '#kernel/db/database.ts';
import { isUuid, newUuid } from '#kernel/ids.ts';
import {
  assertMakeable,
  orderTarget,
  passphraseOf,
  type Order,
  type OrderMeta,
  type OrderType,
} from '../model/order.ts';
import { orderNotFound } from '../model/refs.ts';
import type { Listed, OffsetPage } from '../store/guarded.ts';
import { orderStore } from '../store/orders.ts';
import { quotaStore } from '../store/quotas.ts';
import type { SecretTables } from '../tables.ts';
import { FULFIL_ORDER } from '../tasks/fulfil-order.ts';
import type { SecretServiceDeps } from './deps.ts';

export interface OrderDraft {
  readonly type: OrderType;
  readonly meta: OrderMeta;
  readonly passphrase: string | null;
}

/** Use-cases on orders: everything that can be refused is refused here, the rest is the task's. */
export class OrderService {
  readonly #deps: SecretServiceDeps;

  constructor(deps: SecretServiceDeps) {
    this.#deps = deps;
  }

  list(ctx: Ctx, page: OffsetPage): Promise<Listed<Order>> {
    return orderStore.list(this.#db, projectOf(ctx), page);
  }

  /** @throws CloudError `not-found`, also for strangers; `forbidden` */
  async get(ctx: Ctx, id: string, rule = 'order:get'): Promise<Order> {
    const order = isUuid(id) ? await orderStore.find(this.#db, id) : undefined;
    if (!order || order.projectId !== projectOf(ctx)) throw orderNotFound();
    this.#deps.policy.authorize(ctx, `key-manager:${rule}`, { project_id: order.projectId });
    return order;
  }

  /** @throws CloudError `bad-request`, `quota` */
  async create(ctx: Ctx, { type, meta, passphrase }: OrderDraft): Promise<Order> {
    assertMakeable(type, meta);
    const { database, tasks, vault, clock } = this.#deps;
    const [id, projectId, now] = [newUuid(), projectOf(ctx), isoTime(clock.now())];
    const order: Order = {
      id,
      projectId,
      creatorId: ctx.user.id,
      type,
      meta,
      sealedPassphrase:
        passphrase === null ? null : await vault.seal(projectId, passphrase, passphraseOf({ id })),
      status: 'PENDING',
      error: null,
      secretId: null,
      containerId: null,
      createdAt: now,
      updatedAt: now,
    };
    await database.transaction<SecretTables, void>(async (tx) => {
      await quotaStore.assertRoom(tx, projectId, 'orders');
      await orderStore.insert(tx, order);
      const task = {
        kind: FULFIL_ORDER,
        target: orderTarget(id),
        projectId,
        ctx: storeCtx(ctx),
        input: { id },
      };
      await tasks.start(tx, { ...task, whenBusy: 'refuse' });
    });
    tasks.nudge();
    return order;
  }

  /** What it made stays; what it has not made yet is never made. */
  async delete(ctx: Ctx, id: string): Promise<void> {
    const order = await this.get(ctx, id, 'order:delete');
    if (!(await orderStore.delete(this.#db, order.id))) throw orderNotFound();
  }

  get #db(): Db<SecretTables> {
    return this.#deps.database.handle<SecretTables>();
  }
}
