import { fromJson, json } from '#kernel/db/columns.ts';
import type { Database, Db } from '#kernel/db/database.ts';
import { newUuid } from '#kernel/ids.ts';
import type { Vault } from '#kernel/vault/vault.ts';
import type { JsonMap } from '../template/json.ts';
import type { OrchestrationTables, SignalRow } from '../tables.ts';

type Executor = Db<OrchestrationTables>;

/** As many as are listened to. */
const MAX_SIGNALS = 1_000;

/** All SQL on what resources were told: it is only added to, so that nobody who writes the resource's row can lose it. */
export const signalStore = {
  async ofResource(db: Executor, resourceId: string): Promise<SignalRow[]> {
    return db
      .selectFrom('stack_signal')
      .selectAll()
      .where('resource_id', '=', resourceId)
      .orderBy('at')
      .orderBy('id')
      .limit(MAX_SIGNALS)
      .execute();
  },

  async insert(tx: Executor, row: SignalRow): Promise<void> {
    await tx.insertInto('stack_signal').values(row).execute();
  },
};

const contextOf = (resourceId: string): string => `stack_signal/${resourceId}`;

export const sealSignal = async (
  vault: Vault,
  projectId: string,
  { resourceId, details, at }: { resourceId: string; details: JsonMap; at: string },
): Promise<SignalRow> => ({
  id: newUuid(),
  resource_id: resourceId,
  sealed_details: await vault.seal(projectId, json(details), contextOf(resourceId)),
  at,
});

export async function signalsOf(
  { database, vault }: { readonly database: Database; readonly vault: Vault },
  projectId: string,
  resourceId: string,
): Promise<readonly JsonMap[]> {
  const rows = await signalStore.ofResource(database.handle<OrchestrationTables>(), resourceId);
  const open = async (row: SignalRow) =>
    fromJson<JsonMap>((await vault.open(projectId, row.sealed_details, contextOf(resourceId))).toString());
  return Promise.all(rows.map(open));
}
