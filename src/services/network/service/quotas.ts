import type { Database } from '#kernel/db/database.ts';
import type { IdentityPort } from '#services/identity/port.ts';
import {
  DEFAULT_QUOTAS,
  overQuota,
  quotaTooLow,
  QUOTA_RESOURCES,
  type QuotaResource,
  type Quotas,
} from '../model/quota.ts';
import type { Store } from '#kernel/db/store.ts';
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
import type { IdentityLimits } from './identity-limits.ts';
import type { Work } from './unit.ts';

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

/** The project's own quota over what identity says over the defaults. */
async function limits(db: NetworkDb, projectId: string, given: IdentityLimits): Promise<Quotas> {
  const rows = await db.selectFrom('network_quota').selectAll().where('project_id', '=', projectId).execute();
  return withOwn(given, rows);
}

function withOwn(given: IdentityLimits, rows: readonly { resource: string; amount: number }[]): Quotas {
  const known = Object.entries(given).filter(([resource]) => Object.hasOwn(DEFAULT_QUOTAS, resource));
  const own = rows.map((row) => [row.resource, row.amount] as const);
  return { ...DEFAULT_QUOTAS, ...Object.fromEntries([...known, ...own]) };
}

/** Part of a transaction that is about to make `count` more. @throws CloudError `quota`. */
export async function assertQuota(
  { tx, limits: given }: Pick<Work, 'tx' | 'limits'>,
  projectId: string,
  resource: QuotaResource,
  count = 1,
): Promise<void> {
  const limit = (await limits(tx, projectId, given.of(projectId)))[resource];
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
  readonly #identity: Pick<IdentityPort, 'limits'>;

  constructor(database: Database, identity: Pick<IdentityPort, 'limits'>) {
    this.#database = database;
    this.#identity = identity;
  }

  async get(projectId: string): Promise<Quotas> {
    const given = await this.#identity.limits('network', projectId);
    return limits(this.#database.handle<NetworkTables>(), projectId, given);
  }

  /** Limits of the projects that have their own. */
  async list(): Promise<Map<string, Quotas>> {
    const rows = await this.#database
      .handle<NetworkTables>()
      .selectFrom('network_quota')
      .selectAll()
      .execute();
    const own = Map.groupBy(rows, (row) => row.project_id);
    const quotas = [...own].map(async ([projectId, limited]) => {
      const given = await this.#identity.limits('network', projectId);
      return [projectId, withOwn(given, limited)] as const;
    });
    return new Map(await Promise.all(quotas));
  }

  async details(projectId: string) {
    const db = this.#database.handle<NetworkTables>();
    const quotas = await this.get(projectId);
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
