import type { Db } from '#kernel/db/database.ts';
import type { Association, ResourceType } from '../model/metadef.ts';
import type { AssociationRow, ImageTables } from '../tables.ts';

type Executor = Db<ImageTables>;

/** All SQL on kinds of resources, and which namespaces are for them. */
export const associationStore = {
  async resourceTypes(db: Executor): Promise<ResourceType[]> {
    const rows = await db.selectFrom('image_md_resource_type').selectAll().orderBy('name').execute();
    return rows.map((row) => ({ name: row.name, createdAt: row.created_at, updatedAt: row.updated_at }));
  },

  /** Of many namespaces in one query. */
  async list(db: Executor, namespaceIds: readonly string[]): Promise<Association[]> {
    if (namespaceIds.length === 0) return [];
    const rows = await db
      .selectFrom('image_md_association')
      .selectAll()
      .where('namespace_id', 'in', namespaceIds)
      .orderBy('resource_type')
      .execute();
    return rows.map(fromRow);
  },

  /** With the kind of resource, if nobody named it before. One that is there is replaced. */
  async put(db: Executor, association: Association): Promise<void> {
    const { resourceType: name, createdAt: created_at, updatedAt: updated_at } = association;
    await db
      .insertInto('image_md_resource_type')
      .values({ name, created_at, updated_at })
      .onConflict((conflict) => conflict.column('name').doNothing())
      .execute();
    await associationStore.delete(db, association.namespaceId, name);
    await db.insertInto('image_md_association').values(toRow(association)).execute();
  },

  async delete(db: Executor, namespaceId: string, resourceType: string): Promise<boolean> {
    const done = await db
      .deleteFrom('image_md_association')
      .where('namespace_id', '=', namespaceId)
      .where('resource_type', '=', resourceType)
      .executeTakeFirst();
    return done.numDeletedRows > 0;
  },
};

const toRow = (association: Association): AssociationRow => ({
  namespace_id: association.namespaceId,
  resource_type: association.resourceType,
  prefix: association.prefix,
  properties_target: association.propertiesTarget,
  created_at: association.createdAt,
  updated_at: association.updatedAt,
});

const fromRow = (row: AssociationRow): Association => ({
  namespaceId: row.namespace_id,
  resourceType: row.resource_type,
  prefix: row.prefix,
  propertiesTarget: row.properties_target,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});
