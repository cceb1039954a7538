import { sql, type Expression } from 'kysely';
import {
  EVERYBODY,
  EXTERNAL,
  SHARED,
  type RbacAction,
  type RbacPolicy,
  type SharedType,
} from '../model/sharing.ts';
import type { NetworkDb } from '../tables.ts';
import type { Filter } from './listing.ts';
import { rbacStore } from './stores.ts';

/** Ids of what others let a project use: a subquery. */
export const sharedWithProject = (projectId: string, action?: RbacAction): Expression<unknown> =>
  sql`select object_id from network_rbac where target_project in (${EVERYBODY}, ${projectId})${
    action === undefined ? sql`` : sql` and action = ${action}`
  }`;

/** `shared=true`: what everybody may use. */
export const sharedFilter: Filter = (values) => {
  const entries = sql`select object_id from network_rbac where target_project = ${EVERYBODY} and action = ${SHARED}`;
  const wanted = new Set(values.map((value) => /^(true|1|yes|on|t|y)$/i.test(value)));
  if (wanted.size !== 1) return sql`1 = 1`;
  return wanted.has(true) ? sql`id in (${entries})` : sql`id not in (${entries})`;
};

/** Those of the objects that everybody, or this project, may use. */
export async function sharedAmong(
  db: NetworkDb,
  ids: readonly string[],
  projectId: string,
): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set();
  const rows = await db
    .selectFrom('network_rbac')
    .select('object_id')
    .where('object_id', 'in', ids)
    .where('action', '=', SHARED)
    .where('target_project', 'in', [EVERYBODY, projectId])
    .execute();
  return new Set(rows.map((row) => row.object_id));
}

export const entriesOf = (db: NetworkDb, objectId: string, action: RbacAction): Promise<RbacPolicy[]> =>
  rbacStore.list(db, (eb) => eb.and([eb('object_id', '=', objectId), eb('action', '=', action)]));

export const deleteEntries = async (db: NetworkDb, objectIds: readonly string[]): Promise<void> => {
  if (objectIds.length > 0) await db.deleteFrom('network_rbac').where('object_id', 'in', objectIds).execute();
};

/** Projects whose objects stand on the shared one. */
export async function usersOf(
  db: NetworkDb,
  { objectType, objectId, action }: Pick<RbacPolicy, 'objectType' | 'objectId' | 'action'>,
): Promise<string[]> {
  const uses = action === EXTERNAL ? EXTERNAL_USES : USES[objectType];
  const queries = uses.map(
    ([table, column]) => sql`select project_id from ${sql.raw(table)} where ${sql.ref(column)} = ${objectId}`,
  );
  const { rows } = await sql<{ project_id: string }>`${sql.join(queries, sql` union `)}`.execute(db);
  return rows.map((row) => row.project_id).sort();
}

/** A table of ours, or a join of two, never the caller's text. */
type Use = readonly [table: string, column: string];

const USES: Readonly<Record<SharedType, readonly Use[]>> = {
  network: [['network_port', 'network_id']],
  subnetpool: [['network_subnet', 'subnetpool_id']],
  address_scope: [['network_subnet_pool', 'address_scope_id']],
  security_group: [
    ['network_rule', 'remote_group_id'],
    ['network_port_group join network_port on port_id = id', 'group_id'],
  ],
  qos_policy: [
    ['network_network', 'qos_policy_id'],
    ['network_port', 'qos_policy_id'],
    ['network_floating_ip', 'qos_policy_id'],
  ],
  address_group: [['network_rule', 'remote_address_group_id']],
};
const EXTERNAL_USES: readonly Use[] = [
  ['network_router', 'gateway_network_id'],
  ['network_floating_ip', 'floating_network_id'],
];
