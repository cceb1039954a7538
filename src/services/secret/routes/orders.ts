import type { Static } from 'typebox';
import { Reply, route, type Route } from '#kernel/http/route.ts';
import type { OrderMeta } from '../model/order.ts';
import { refTo } from '../model/refs.ts';
import { parseExpiration } from '../model/times.ts';
import { OrderParams, PageQuery, pageOf } from '../schema/common.ts';
import { CreateOrder } from '../schema/order.ts';
import type { OrderService } from '../service/orders.ts';
import { orderView } from '../view/order.ts';
import { pageView } from '../view/page.ts';

export const orderRoutes = (orders: OrderService): Route[] => [
  route({
    method: 'POST',
    url: '/v1/orders',
    name: 'create-order',
    summary: 'Order a key, a pair of keys or a certificate.',
    access: { rule: 'key-manager:orders:post' },
    body: CreateOrder,
    status: 202,
    async handle({ ctx, body, base }) {
      const { pass_phrase: passphrase } = body.meta;
      const meta = metaOf(body.meta, ctx.clock.now());
      const { id } = await orders.create(ctx, { type: body.type, meta, passphrase: passphrase || null });
      const order_ref = refTo(base, 'orders', id);
      return new Reply({ order_ref }, { headers: { location: order_ref } });
    },
  }),
  route({
    method: 'GET',
    url: '/v1/orders',
    name: 'list-orders',
    summary: 'List orders.',
    access: { rule: 'key-manager:orders:get' },
    query: PageQuery,
    status: 200,
    async handle({ ctx, query, base }) {
      const page = pageOf(query);
      const listed = await orders.list(ctx, page);
      const view = (order: (typeof listed.items)[number]) => orderView(order, base);
      return pageView({ name: 'orders', url: `${base}/v1/orders`, query, page, listed, view });
    },
  }),
  route({
    method: 'GET',
    url: '/v1/orders/:order_id',
    name: 'get-order',
    summary: 'Show an order.',
    access: { rule: 'key-manager:order:get' },
    params: OrderParams,
    status: 200,
    handle: async ({ ctx, params, base }) => orderView(await orders.get(ctx, params.order_id), base),
  }),
  route({
    method: 'DELETE',
    url: '/v1/orders/:order_id',
    name: 'delete-order',
    summary: 'Delete an order; what it made stays.',
    access: { rule: 'key-manager:order:delete' },
    params: OrderParams,
    status: 204,
    handle: ({ ctx, params }) => orders.delete(ctx, params.order_id),
  }),
];

const KEPT = [
  'name',
  'algorithm',
  'bit_length',
  'mode',
  'payload_content_type',
  'request_type',
  'request_data',
  'container_ref',
  'subject_dn',
] as const;

/** What was said, but for the passphrase: orders are shown. */
function metaOf(meta: Static<typeof CreateOrder>['meta'], now: Date): OrderMeta {
  const expiration = parseExpiration(meta.expiration, now);
  const said = KEPT.filter((key) => meta[key] !== null && meta[key] !== undefined);
  return {
    ...Object.fromEntries(said.map((key) => [key, meta[key]])),
    ...(expiration !== null && { expiration }),
  };
}
