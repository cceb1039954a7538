import type { Database } from '#kernel/db/database.ts';
import { networkNotFound, type Network } from '../model/network.ts';
import { toRange } from '../model/addresses.ts';
import type { Subnet } from '../model/subnet.ts';
import { networkStore, subnetStore } from '../store/stores.ts';
import type { NetworkDb, NetworkTables } from '../tables.ts';

export interface SubnetAvailability {
  readonly subnet: Subnet;
  readonly total: number;
  readonly used: number;
}

export interface NetworkAvailability {
  readonly network: Network;
  readonly subnets: readonly SubnetAvailability[];
}

export interface AvailabilityFilter {
  readonly networkId?: string | undefined;
  readonly name?: string | undefined;
  readonly projectId?: string | undefined;
  readonly ipVersion?: number | undefined;
}

/** How many addresses networks have, and how many are taken: three queries for any number of them. */
export class AvailabilityService {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async list(filter: AvailabilityFilter): Promise<NetworkAvailability[]> {
    const db = this.#database.handle<NetworkTables>();
    const networks = await networkStore.list(db, (eb) =>
      eb.and([
        eb.lit(true),
        ...(filter.networkId === undefined ? [] : [eb('id', '=', filter.networkId)]),
        ...(filter.name === undefined ? [] : [eb('name', '=', filter.name)]),
        ...(filter.projectId === undefined ? [] : [eb('project_id', '=', filter.projectId)]),
      ]),
    );
    const subnets = await subnetStore.list(db, (eb) =>
      filter.ipVersion === undefined ? eb.lit(true) : eb('ip_version', '=', filter.ipVersion),
    );
    const used = await usedBySubnet(db);
    const subnetsOf = Map.groupBy(subnets, ({ networkId }) => networkId);
    return networks.map((network) => ({
      network,
      subnets: (subnetsOf.get(network.id) ?? []).map((subnet) => ({
        subnet,
        total: totalOf(subnet),
        used: used.get(subnet.id) ?? 0,
      })),
    }));
  }

  async get(networkId: string): Promise<NetworkAvailability> {
    const [found] = await this.list({ networkId });
    if (!found) throw networkNotFound(networkId);
    return found;
  }
}

const totalOf = (subnet: Subnet): number =>
  subnet.allocationPools.map(toRange).reduce((sum, { first, last }) => sum + Number(last - first + 1n), 0);

async function usedBySubnet(db: NetworkDb): Promise<ReadonlyMap<string, number>> {
  const rows = await db
    .selectFrom('network_address')
    .select((eb) => ['subnet_id', eb.fn.countAll<number>().as('used')])
    .groupBy('subnet_id')
    .execute();
  return new Map(rows.map((row) => [row.subnet_id, row.used]));
}
