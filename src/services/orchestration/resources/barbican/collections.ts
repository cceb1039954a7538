import { textOf } from '../../template/json.ts';
import { CloudError } from '#kernel/errors.ts';
import type { Collection, Thing } from '../rest/collection.ts';

const barbican = (list: string, id: string, constraint?: string): Collection => ({
  service: 'key-manager',
  path: `/v1/${list}`,
  list,
  member: null,
  change: 'PUT',
  id,
  born: 'created',
  ...(constraint && { constraint }),
});
export const SECRETS = barbican('secrets', 'secret_ref', 'barbican.secret');
export const CONTAINERS = barbican('containers', 'container_ref', 'barbican.container');
export const ORDERS = barbican('orders', 'order_ref');

/** Waits for what is made in its time. */
export function active(thing: Thing): boolean {
  if (thing['status'] !== 'ERROR') return thing['status'] === 'ACTIVE';
  throw new CloudError(
    'internal',
    `Went to status ERROR due to "${textOf(thing['error_reason'] ?? 'Unknown')}"`,
  );
}
