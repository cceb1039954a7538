import type { Db } from '#kernel/db/database.ts';
import { afterMarker, toPage, type Page, type PageRequest } from '#kernel/paging.ts';
import { sql } from 'kysely';
import type { Registry } from '../model/registry.ts';
import type { ContainerTables, RegistryRow } from '../tables.ts';

type Executor = Db<ContainerTables>;

export interface RegistryFilter {
  readonly projectId?: string;
  readonly userId?: string;
  readonly name?: string;
  readonly domain?: string;
  readonly username?: string;
}

/** All SQL on registries. */
export const registryStore = {
  async find(db: Executor, id: string): Promise<Registry | undefined> {
    const row = await db.selectFrom('container_registry').selectAll().where('id', '=', id).executeTakeFirst();
    return row && fromRow(row);
  },

  /** Two at most: enough to know that a name is not one registry's. */
  async findByName(db: Executor, name: string, projectId: string): Promise<Registry[]> {
    const query = db.selectFrom('container_registry').selectAll().where('name', '=', name);
    return (await query.where('project_id', '=', projectId).limit(2).execute()).map(fromRow);
  },

  /** The project's youngest login there. */
  async findLogin(db: Executor, projectId: string, domain: string): Promise<Registry | undefined> {
    const row = await db
      .selectFrom('container_registry')
      .selectAll()
      .where('project_id', '=', projectId)
      .where('domain', '=', domain)
      .where('username', 'is not', null)
      .orderBy('created_at', 'desc')
      .orderBy('id')
      .executeTakeFirst();
    return row && fromRow(row);
  },

  async list(db: Executor, filter: RegistryFilter, page: PageRequest): Promise<Page<Registry>> {
    let query = db.selectFrom('container_registry').selectAll();
    for (const [column, value] of conditions(filter)) query = query.where(column, '=', value);
    if (page.marker !== null) {
      const marker = await registryStore.find(db, page.marker);
      query = query.where(afterMarker(page.sort, { ...(marker && toRow(marker)) }));
    }
    for (const { column, direction } of page.sort)
      query = query.orderBy(sql`coalesce(${sql.ref(column)}, '')`, direction);
    if (page.limit !== null) query = query.limit(page.limit + 1);
    return toPage((await query.execute()).map(fromRow), page.limit);
  },

  async insert(db: Executor, registry: Registry): Promise<void> {
    await db.insertInto('container_registry').values(toRow(registry)).execute();
  },

  async update(db: Executor, registry: Registry): Promise<void> {
    const { id, ...change } = toRow(registry);
    await db.updateTable('container_registry').set(change).where('id', '=', id).execute();
  },

  async delete(db: Executor, id: string): Promise<void> {
    await db.deleteFrom('container_registry').where('id', '=', id).execute();
  },
};

function conditions(filter: RegistryFilter): [keyof RegistryRow, string][] {
  const all: [keyof RegistryRow, string | undefined][] = [
    ['project_id', filter.projectId],
    ['user_id', filter.userId],
    ['name', filter.name],
    ['domain', filter.domain],
    ['username', filter.username],
  ];
  return all.filter((pair): pair is [keyof RegistryRow, string] => pair[1] !== undefined);
}

const toRow = (registry: Registry): RegistryRow => ({
  id: registry.id,
  project_id: registry.projectId,
  user_id: registry.userId,
  name: registry.name,
  domain: registry.domain,
  username: registry.username,
  password: registry.password,
  created_at: registry.createdAt,
  updated_at: registry.updatedAt,
});

const fromRow = (row: RegistryRow): Registry => ({
  id: row.id,
  projectId: row.project_id,
  userId: row.user_id,
  name: row.name,
  domain: row.domain,
  username: row.username,
  password: row.password,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});
