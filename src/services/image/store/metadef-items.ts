import { fromJson, json } from '#kernel/db/columns.ts';
import type { Db } from '#kernel/db/database.ts';
import { afterMarker, toPage, type Page, type PageRequest } from '#kernel/paging.ts';
import type { Item, ItemKind } from '../model/metadef.ts';
import type { ImageTables, ItemRow } from '../tables.ts';

type Executor = Db<ImageTables>;

export const ITEM_SORT_COLUMNS = {
  name: 'name',
  created_at: 'created_at',
  updated_at: 'updated_at',
} as const;

/** Where an item is. */
export interface ItemPlace {
  readonly namespaceId: string;
  readonly kind: ItemKind;
}

/** All SQL on properties, objects and tags of namespaces. */
export const itemStore = {
  async find(db: Executor, { namespaceId, kind }: ItemPlace, name: string): Promise<Item | undefined> {
    const row = await db
      .selectFrom('image_md_item')
      .selectAll()
      .where('namespace_id', '=', namespaceId)
      .where('kind', '=', kind)
      .where('name', '=', name)
      .executeTakeFirst();
    return row && fromRow(row);
  },

  /** A page's marker is a name. */
  async list(db: Executor, place: ItemPlace, page: PageRequest): Promise<Page<Item>> {
    let query = db
      .selectFrom('image_md_item')
      .selectAll()
      .where('namespace_id', '=', place.namespaceId)
      .where('kind', '=', place.kind);
    const marker = page.marker === null ? undefined : await itemStore.find(db, place, page.marker);
    if (marker) query = query.where(afterMarker(page.sort, { ...toRow(marker) }));
    for (const { column, direction } of page.sort) query = query.orderBy(column as 'id', direction);
    if (page.limit !== null) query = query.limit(page.limit + 1);
    return toPage((await query.execute()).map(fromRow), page.limit);
  },

  /** Everything in a namespace, in one query. */
  async all(db: Executor, namespaceId: string): Promise<Item[]> {
    const rows = await db
      .selectFrom('image_md_item')
      .selectAll()
      .where('namespace_id', '=', namespaceId)
      .orderBy('name')
      .execute();
    return rows.map(fromRow);
  },

  async insert(db: Executor, items: readonly Item[]): Promise<void> {
    if (items.length > 0) await db.insertInto('image_md_item').values(items.map(toRow)).execute();
  },

  async update(db: Executor, item: Item): Promise<void> {
    await db.updateTable('image_md_item').set(toRow(item)).where('id', '=', item.id).execute();
  },

  async delete(db: Executor, id: string): Promise<void> {
    await db.deleteFrom('image_md_item').where('id', '=', id).execute();
  },

  async deleteAll(db: Executor, { namespaceId, kind }: ItemPlace): Promise<void> {
    await db
      .deleteFrom('image_md_item')
      .where('namespace_id', '=', namespaceId)
      .where('kind', '=', kind)
      .execute();
  },
};

const toRow = (item: Item): ItemRow => ({
  id: item.id,
  namespace_id: item.namespaceId,
  kind: item.kind,
  name: item.name,
  body_json: json(item.body),
  created_at: item.createdAt,
  updated_at: item.updatedAt,
});

const fromRow = (row: ItemRow): Item => ({
  id: row.id,
  namespaceId: row.namespace_id,
  kind: row.kind as ItemKind,
  name: row.name,
  body: fromJson(row.body_json),
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});
