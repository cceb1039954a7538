import type { Port, PortRecord } from '../model/port.ts';
import type { AddressRow, NetworkDb } from '../tables.ts';
import { inChunks } from '#kernel/db/chunks.ts';
import type { Where } from '#kernel/db/store.ts';
import { portRecordStore } from './stores.ts';

/** Ports with their addresses and groups: three queries for each ten thousand. */
export const portStore = {
  async find(db: NetworkDb, id: string): Promise<Port | undefined> {
    return (await this.complete(db, await portRecordStore.findMany(db, [id])))[0];
  },

  async findMany(db: NetworkDb, ids: readonly string[]): Promise<Port[]> {
    return this.complete(db, await portRecordStore.findMany(db, ids));
  },

  async list(db: NetworkDb, where: Where): Promise<Port[]> {
    return this.complete(db, await portRecordStore.list(db, where));
  },

  async complete(db: NetworkDb, records: readonly PortRecord[]): Promise<Port[]> {
    if (records.length === 0) return [];
    const ids = records.map(({ id }) => id);
    const addresses = await inChunks(ids, (chunk) =>
      db
        .selectFrom('network_address')
        .selectAll()
        .where('port_id', 'in', chunk)
        .orderBy('position')
        .execute(),
    );
    const groups = await inChunks(ids, (chunk) =>
      db
        .selectFrom('network_port_group')
        .selectAll()
        .where('port_id', 'in', chunk)
        .orderBy('group_id')
        .execute(),
    );
    const addressesOf = Map.groupBy(addresses, (row) => row.port_id);
    const groupsOf = Map.groupBy(groups, (row) => row.port_id);
    return records.map((record) => ({
      ...record,
      fixedIps: (addressesOf.get(record.id) ?? []).map((row) => ({
        subnetId: row.subnet_id,
        address: row.ip,
      })),
      securityGroups: (groupsOf.get(record.id) ?? []).map((row) => row.group_id),
    }));
  },

  async insert(db: NetworkDb, ports: readonly Port[]): Promise<void> {
    await portRecordStore.insert(db, ports.map(recordOf));
    await insertRelations(db, ports);
  },

  async update(db: NetworkDb, port: Port): Promise<void> {
    await portRecordStore.update(db, recordOf(port));
    await db.deleteFrom('network_address').where('port_id', '=', port.id).execute();
    await db.deleteFrom('network_port_group').where('port_id', '=', port.id).execute();
    await insertRelations(db, [port]);
  },

  delete: (db: NetworkDb, ids: readonly string[]): Promise<void> => portRecordStore.delete(db, ids),

  /** Addresses taken in these subnets. */
  async usedIn(db: NetworkDb, subnetIds: readonly string[]): Promise<AddressRow[]> {
    if (subnetIds.length === 0) return [];
    return db.selectFrom('network_address').selectAll().where('subnet_id', 'in', subnetIds).execute();
  },
};

function recordOf(port: Port): PortRecord {
  const { fixedIps: _addresses, securityGroups: _groups, ...record } = port;
  return record;
}

async function insertRelations(db: NetworkDb, ports: readonly Port[]): Promise<void> {
  const addresses = ports.flatMap((port) =>
    port.fixedIps.map(({ subnetId, address }, position) => ({
      port_id: port.id,
      subnet_id: subnetId,
      ip: address,
      position,
    })),
  );
  const members = ports.flatMap((port) =>
    port.securityGroups.map((group_id) => ({ port_id: port.id, group_id })),
  );
  if (addresses.length > 0) await db.insertInto('network_address').values(addresses).execute();
  if (members.length > 0) await db.insertInto('network_port_group').values(members).execute();
}
