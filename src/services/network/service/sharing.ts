import { sql } from 'kysely';
import type { Ctx } from '#kernel/context.ts';
import type { CloudError } from '#kernel/errors.ts';
import { newUuid } from '#kernel/ids.ts';
import {
  EVERYBODY,
  rbacInUse,
  uncovered,
  type RbacAction,
  type RbacPolicy,
  type SharedType,
} from '../model/sharing.ts';
import { refused } from '../model/errors.ts';
import { ROUTER_GATEWAY } from '../model/device-owner.ts';
import { newStandard } from '../model/standard.ts';
import { entriesOf, usersOf } from '../store/sharing.ts';
import { networkStore, rbacStore } from '../store/stores.ts';
import type { NetworkDb, NetworkTx } from '../tables.ts';

/** What may be used by others, and how. */
export interface Sharing {
  readonly objectType: SharedType;
  readonly objectId: string;
  readonly projectId: string;
  readonly action: RbacAction;
}

export const newEntry = (ctx: Ctx, sharing: Sharing, targetProject: string): RbacPolicy => ({
  ...newStandard(ctx, sharing.projectId, { id: newUuid() }),
  objectType: sharing.objectType,
  objectId: sharing.objectId,
  action: sharing.action,
  targetProject,
});

/** Makes the object everybody's to use, or not any more; undefined = as it is. @throws CloudError while others use it. */
export async function shareWithAll(
  ctx: Ctx,
  tx: NetworkTx,
  {
    wanted,
    refusal,
    ...sharing
  }: Sharing & {
    readonly wanted: boolean | undefined;
    /** Of this resource's own flag; default `RbacPolicyInUse`. */
    readonly refusal?: (id: string) => CloudError;
  },
): Promise<void> {
  if (wanted === undefined) return;
  const entries = await entriesOf(tx, sharing.objectId, sharing.action);
  const open = entries.find(({ targetProject }) => targetProject === EVERYBODY);
  if (wanted && !open) await rbacStore.insert(tx, [newEntry(ctx, sharing, EVERYBODY)]);
  if (wanted || !open) return;
  await assertUnused(tx, open, refusal);
  await rbacStore.delete(tx, [open.id]);
}

/** @throws CloudError when somebody uses the object by this entry alone; `next` is the target that replaces it. */
export async function assertUnused(
  db: NetworkDb,
  entry: RbacPolicy,
  refusal?: (id: string) => CloudError,
  next?: string,
): Promise<void> {
  const entries = await entriesOf(db, entry.objectId, entry.action);
  const others = entries.filter(({ id }) => id !== entry.id).map(({ targetProject }) => targetProject);
  const users = await usersOf(db, entry);
  const lost = uncovered(
    users,
    await ownerOfShared(db, entry),
    next === undefined ? others : [...others, next],
  );
  if (lost.length > 0) throw refusal?.(entry.objectId) ?? rbacInUse(entry.objectId, lost);
}

const TABLES: Readonly<Record<SharedType, string>> = {
  network: 'network_network',
  subnetpool: 'network_subnet_pool',
  address_scope: 'network_address_scope',
  security_group: 'network_group',
  qos_policy: 'network_qos_policy',
  address_group: 'network_address_group',
};

async function ownerOfShared(db: NetworkDb, { objectType, objectId }: RbacPolicy): Promise<string> {
  const { rows } = await sql<{ project_id: string }>`select project_id from ${sql.table(TABLES[objectType])}
    where id = ${objectId}`.execute(db);
  return rows[0]?.project_id ?? '';
}

/** A network leads out while anybody may use it so. */
export async function syncExternal(
  tx: NetworkTx,
  networkId: string,
  entries: readonly RbacPolicy[],
): Promise<void> {
  const network = await networkStore.find(tx, networkId);
  const external = entries.length > 0;
  if (network?.external === external) return;
  if (!external) await assertNoGateways(tx, networkId);
  if (network) await networkStore.update(tx, { ...network, external });
}

/** @throws CloudError `ExternalNetworkInUse`. */
export async function assertNoGateways(tx: NetworkTx, networkId: string): Promise<void> {
  const gateway = await tx
    .selectFrom('network_port')
    .select('id')
    .where('network_id', '=', networkId)
    .where('device_owner', '=', ROUTER_GATEWAY)
    .executeTakeFirst();
  if (gateway)
    throw refused(
      'ExternalNetworkInUse',
      `External network ${networkId} cannot be updated to be made non-external, since it has existing gateway ports.`,
    );
}
