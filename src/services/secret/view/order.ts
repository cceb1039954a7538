import type { Order } from '../model/order.ts';
import { refTo } from '../model/refs.ts';
import { wireTime } from '../model/times.ts';

export const orderView = (order: Order, base: string) => ({
  order_ref: refTo(base, 'orders', order.id),
  type: order.type,
  meta: order.meta,
  status: order.status,
  sub_status: 'Unknown',
  sub_status_message: 'Unknown',
  creator_id: order.creatorId,
  created: wireTime(order.createdAt),
  updated: wireTime(order.updatedAt),
  ...(order.secretId !== null && { secret_ref: refTo(base, 'secrets', order.secretId) }),
  ...(order.containerId !== null && { container_ref: refTo(base, 'containers', order.containerId) }),
  ...(order.error && { error_status_code: order.error.status, error_reason: order.error.reason }),
});
