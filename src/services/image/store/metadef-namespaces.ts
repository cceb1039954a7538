import { flag, fromFlag } from '#kernel/db/columns.ts';
import type { Db } from '#kernel/db/database.ts';
import { afterMarker, toPage, type Page, type PageRequest } from '#kernel/paging.ts';
import type { Namespace } from '../model/metadef.ts';
import type { ImageTables, NamespaceRow } from '../tables.ts';

type Executor = Db<ImageTables>;

export const NAMESPACE_SORT_COLUMNS = {
  namespace: 'name',
  display_name: 'display_name',
  visibility: 'visibility',
  created_at: 'created_at',
  updated_at: 'updated_at',
} as const;

export interface NamespaceFilter {
  /** Whose eyes: null sees everything. */
  readonly viewer: string | null;
  readonly visibility: 'public' | 'private' | null;
  /** Only those for one of these; empty = all. */
  readonly resourceTypes: readonly string[];
}

/** All SQL on namespaces of metadata definitions. */
export const namespaceStore = {
  async find(db: Executor, name: string): Promise<Namespace | undefined> {
    const row = await db
      .selectFrom('image_md_namespace')
      .selectAll()
      .where('name', '=', name)
      .executeTakeFirst();
    return row && fromRow(row);
  },

  /** A page's marker is a name. */
  async list(db: Executor, filter: NamespaceFilter, page: PageRequest): Promise<Page<Namespace>> {
    let query = db.selectFrom('image_md_namespace').selectAll();
    const { viewer, visibility, resourceTypes } = filter;
    if (visibility !== null) query = query.where('visibility', '=', visibility);
    if (viewer !== null)
      query = query.where((where) =>
        where.or([where('visibility', '=', 'public'), where('owner', '=', viewer)]),
      );
    if (resourceTypes.length > 0)
      query = query.where('id', 'in', (sub) =>
        sub
          .selectFrom('image_md_association')
          .select('namespace_id')
          .where('resource_type', 'in', resourceTypes),
      );
    if (page.marker !== null) {
      const marker = await db
        .selectFrom('image_md_namespace')
        .selectAll()
        .where('name', '=', page.marker)
        .executeTakeFirst();
      if (marker) query = query.where(afterMarker(page.sort, { ...marker }));
    }
    for (const { column, direction } of page.sort) query = query.orderBy(column as 'id', direction);
    if (page.limit !== null) query = query.limit(page.limit + 1);
    return toPage((await query.execute()).map(fromRow), page.limit);
  },

  async insert(db: Executor, namespace: Namespace): Promise<void> {
    await db.insertInto('image_md_namespace').values(toRow(namespace)).execute();
  },

  async update(db: Executor, namespace: Namespace): Promise<void> {
    await db.updateTable('image_md_namespace').set(toRow(namespace)).where('id', '=', namespace.id).execute();
  },

  async delete(db: Executor, id: string): Promise<void> {
    await db.deleteFrom('image_md_item').where('namespace_id', '=', id).execute();
    await db.deleteFrom('image_md_association').where('namespace_id', '=', id).execute();
    await db.deleteFrom('image_md_namespace').where('id', '=', id).execute();
  },
};

const toRow = (namespace: Namespace): NamespaceRow => ({
  id: namespace.id,
  name: namespace.name,
  display_name: namespace.displayName,
  description: namespace.description,
  visibility: namespace.visibility,
  protected: flag(namespace.protected),
  owner: namespace.owner,
  created_at: namespace.createdAt,
  updated_at: namespace.updatedAt,
});

const fromRow = (row: NamespaceRow): Namespace => ({
  id: row.id,
  name: row.name,
  displayName: row.display_name,
  description: row.description,
  visibility: row.visibility as Namespace['visibility'],
  protected: fromFlag(row.protected),
  owner: row.owner,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});
