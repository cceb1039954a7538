import type { Database } from '#kernel/db/database.ts';
import {
  DEFAULT_QUOTAS,
  overQuota,
  quotaTooLow,
  QUOTA_RESOURCES,
  type QuotaResource,
  type Quotas,
} from '../model/quota.ts';
import type { Store } from '../store/store.ts';
import {
  floatingIpStore,
  groupStore,
  networkStore,
  poolStore,
  portRecordStore,
  rbacStore,
  routerStore,
  ruleStore,
  subnetStore,
  trunkStore,
} from '../store/stores.ts';
import type { NetworkDb, NetworkTables, NetworkTx } from '../tables.ts';

const COUNTED: Readonly<Record<QuotaResource, Pick<Store<never>, 'count'>>> = {
  network: networkStore,
  subnet: subnetStore,
  port: portRecordStore,
  router: routerStore,
  floatingip: floatingIpStore,
  security_group: groupStore,
  security_group_rule: ruleStore,
  subnetpool: poolStore,
  rbac_policy: rbacStore,
  trunk: trunkStore,
};

const used = (db: NetworkDb, projectId: string, resource: QuotaResource): Promise<number> =>
  COUNTED[resource].count(db, (eb) => eb('project_id', '=', projectId));

async function limits(db: NetworkDb, projectId: string): Promise<Quotas> {
  const rows = await db.selectFrom('network_quota').selectAll().where('project_id', '=', projectId).execute();
  return { ...DEFAULT_QUOTAS, ...Object.fromEntries(rows.map((row) => [row.resource, row.amount])) };
}

/** Part of a transaction that is about to make `count` more. @throws CloudError `quota`. */
export async function assertQuota(
  tx: NetworkTx,
  projectId: string,
  resource: QuotaResource,
  count = 1,
): Promise<void> {
  const limit = (await limits(tx, projectId))[resource];
  if (limit >= 0 && (await used(tx, projectId, resource)) + count > limit) throw overQuota(resource);
}

async function assertAbove(tx: NetworkTx, projectId: string, change: Partial<Quotas>): Promise<void> {
  const low: string[] = [];
  for (const [resource, amount] of Object.entries(change) as [QuotaResource, number][])
    if (amount >= 0 && (await used(tx, projectId, resource)) > amount) low.push(resource);
  if (low.length > 0) throw quotaTooLow(low);
}

/** Use-cases on what projects may have. */
export class QuotaService {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  get(projectId: string): Promise<Quotas> {
    return limits(this.#database.handle<NetworkTables>(), projectId);
  }

  /** Limits of the projects that have their own. */
  async list(): Promise<Map<string, Quotas>> {
    const rows = await this.#database
      .handle<NetworkTables>()
      .selectFrom('network_quota')
      .selectAll()
      .execute();
    const own = Map.groupBy(rows, (row) => row.project_id);
    return new Map(
      [...own].map(([projectId, quotas]) => [
        projectId,
        { ...DEFAULT_QUOTAS, ...Object.fromEntries(quotas.map((row) => [row.resource, row.amount])) },
      ]),
    );
  }

  async details(projectId: string) {
    const db = this.#database.handle<NetworkTables>();
    const quotas = await limits(db, projectId);
    const entries = QUOTA_RESOURCES.map(async (resource) => [
      resource,
      { limit: quotas[resource], used: await used(db, projectId, resource), reserved: 0 },
    ]);
    return Object.fromEntries(await Promise.all(entries)) as Record<string, unknown>;
  }

  /** `check`: not below what is used. @throws CloudError `InvalidQuotaValue`. */
  async set(projectId: string, change: Partial<Quotas>, check = false): Promise<Quotas> {
    await this.#database.transaction<NetworkTables, void>(async (tx) => {
      if (check) await assertAbove(tx, projectId, change);
      for (const [resource, amount] of Object.entries(change))
        await tx
          .insertInto('network_quota')
          .values({ project_id: projectId, resource, amount })
          .onConflict((oc) => oc.columns(['project_id', 'resource']).doUpdateSet({ amount }))
          .execute();
    });
    return this.get(projectId);
  }

  async reset(projectId: string): Promise<void> {
    const db = this.#database.handle<NetworkTables>();
    await db.deleteFrom('network_quota').where('project_id', '=', projectId).execute();
  }
}
