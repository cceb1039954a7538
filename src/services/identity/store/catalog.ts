import { flag, fromFlag } from '#kernel/db/columns.ts';
import type { Db } from '#kernel/db/database.ts';
import type { CatalogService, Endpoint, Interface, Region } from '../model/catalog.ts';
import { endpointLinkStore } from './endpoint-groups.ts';
import { limitStore } from './limits.ts';
import { policyAssociationStore } from './policies.ts';
import type { EndpointRow, IdentityTables, RegionRow, ServiceRow } from '../tables.ts';

type Executor = Db<IdentityTables>;

/** All SQL on regions. */
export const regionStore = {
  async find(db: Executor, id: string): Promise<Region | undefined> {
    const row = await db.selectFrom('identity_region').selectAll().where('id', '=', id).executeTakeFirst();
    return row && regionFromRow(row);
  },
  async list(db: Executor, filter: { parentRegionId?: string }): Promise<Region[]> {
    let query = db.selectFrom('identity_region').selectAll();
    if (filter.parentRegionId !== undefined)
      query = query.where('parent_region_id', '=', filter.parentRegionId);
    return (await query.orderBy('id').execute()).map(regionFromRow);
  },
  async insert(db: Executor, region: Region): Promise<void> {
    await db.insertInto('identity_region').values(regionToRow(region)).execute();
  },
  async update(db: Executor, region: Region): Promise<void> {
    await db.updateTable('identity_region').set(regionToRow(region)).where('id', '=', region.id).execute();
  },
  async delete(db: Executor, id: string): Promise<void> {
    await db.deleteFrom('identity_region').where('id', '=', id).execute();
  },
};

/** All SQL on services of the catalogue. */
export const serviceStore = {
  async find(db: Executor, id: string): Promise<CatalogService | undefined> {
    const row = await db.selectFrom('identity_service').selectAll().where('id', '=', id).executeTakeFirst();
    return row && serviceFromRow(row);
  },
  async list(db: Executor, filter: { type?: string; name?: string }): Promise<CatalogService[]> {
    let query = db.selectFrom('identity_service').selectAll();
    if (filter.type !== undefined) query = query.where('type', '=', filter.type);
    if (filter.name !== undefined) query = query.where('name', '=', filter.name);
    return (await query.orderBy('type').orderBy('id').execute()).map(serviceFromRow);
  },
  async insert(db: Executor, service: CatalogService): Promise<void> {
    await db.insertInto('identity_service').values(serviceToRow(service)).execute();
  },
  async update(db: Executor, service: CatalogService): Promise<void> {
    await db
      .updateTable('identity_service')
      .set(serviceToRow(service))
      .where('id', '=', service.id)
      .execute();
  },
  async delete(db: Executor, id: string): Promise<void> {
    const endpoints = await endpointStore.list(db, { serviceId: id });
    for (const endpoint of endpoints) await endpointStore.delete(db, endpoint.id);
    await policyAssociationStore.deleteAt(db, { serviceId: id });
    await limitStore.deleteOfService(db, id);
    await db.deleteFrom('identity_service').where('id', '=', id).execute();
  },
};

/** All SQL on endpoints. */
export const endpointStore = {
  async find(db: Executor, id: string): Promise<Endpoint | undefined> {
    const row = await db.selectFrom('identity_endpoint').selectAll().where('id', '=', id).executeTakeFirst();
    return row && endpointFromRow(row);
  },
  async list(
    db: Executor,
    filter: { interface?: string; serviceId?: string; regionId?: string },
  ): Promise<Endpoint[]> {
    let query = db.selectFrom('identity_endpoint').selectAll();
    if (filter.interface !== undefined) query = query.where('interface', '=', filter.interface);
    if (filter.serviceId !== undefined) query = query.where('service_id', '=', filter.serviceId);
    if (filter.regionId !== undefined) query = query.where('region_id', '=', filter.regionId);
    return (await query.orderBy('id').execute()).map(endpointFromRow);
  },
  async insert(db: Executor, endpoint: Endpoint): Promise<void> {
    await db.insertInto('identity_endpoint').values(endpointToRow(endpoint)).execute();
  },
  async update(db: Executor, endpoint: Endpoint): Promise<void> {
    await db
      .updateTable('identity_endpoint')
      .set(endpointToRow(endpoint))
      .where('id', '=', endpoint.id)
      .execute();
  },
  async delete(db: Executor, id: string): Promise<void> {
    await endpointLinkStore.removeEndpoint(db, { endpointId: id });
    await policyAssociationStore.deleteAt(db, { endpointId: id });
    await db.deleteFrom('identity_endpoint').where('id', '=', id).execute();
  },
};

const regionToRow = (region: Region): RegionRow => ({
  id: region.id,
  description: region.description,
  parent_region_id: region.parentRegionId,
});
const regionFromRow = (row: RegionRow): Region => ({
  id: row.id,
  description: row.description,
  parentRegionId: row.parent_region_id,
});
const serviceToRow = (service: CatalogService): ServiceRow => ({
  id: service.id,
  type: service.type,
  name: service.name,
  description: service.description,
  enabled: flag(service.enabled),
});
const serviceFromRow = (row: ServiceRow): CatalogService => ({ ...row, enabled: fromFlag(row.enabled) });
const endpointToRow = (endpoint: Endpoint): EndpointRow => ({
  id: endpoint.id,
  service_id: endpoint.serviceId,
  interface: endpoint.interface,
  url: endpoint.url,
  region_id: endpoint.regionId,
  enabled: flag(endpoint.enabled),
});
const endpointFromRow = (row: EndpointRow): Endpoint => ({
  id: row.id,
  serviceId: row.service_id,
  interface: row.interface as Interface,
  url: row.url,
  regionId: row.region_id,
  enabled: fromFlag(row.enabled),
});
