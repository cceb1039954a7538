import { Changes, type Change } from '#kernel/db/changes.ts';
import { sql, type SelectQueryBuilder } from 'kysely';
import { flag, fromFlag, fromJson, json } from '#kernel/db/columns.ts';
import type { Db } from '#kernel/db/database.ts';
import { afterMarker, toPage, type Page, type PageRequest } from '#kernel/paging.ts';
import type { Image, ImageStatus, Visibility } from '../model/image.ts';
import type { ImageRow, ImageTables } from '../tables.ts';

type Executor = Db<ImageTables>;
type Query = SelectQueryBuilder<ImageTables, 'image_image', object>;

/** Sort keys by their wire names. */
export const IMAGE_SORT_COLUMNS = {
  name: 'name',
  status: 'status',
  container_format: 'container_format',
  disk_format: 'disk_format',
  size: 'size',
  id: 'id',
  created_at: 'created_at',
  updated_at: 'updated_at',
} as const;

/** A comparison such as `gte:1024`, its column checked by the caller. */
export interface Comparison {
  readonly column: 'size' | 'min_ram' | 'min_disk' | 'created_at' | 'updated_at';
  readonly operator: '>' | '>=' | '<' | '<=' | '=' | '!=';
  readonly value: string | number;
}

export interface ImageFilter {
  /** Whose eyes: null sees everything. */
  readonly viewer: string | null;
  readonly memberStatus: 'accepted' | 'pending' | 'rejected' | 'all';
  /** null = what shows by default: all but others' community images. */
  readonly visibility: Visibility | 'all' | null;
  readonly hidden: boolean;
  readonly oneOf: Readonly<
    Partial<
      Record<
        'id' | 'name' | 'status' | 'owner' | 'disk_format' | 'container_format' | 'md5',
        readonly string[]
      >
    >
  >;
  readonly protected: boolean | null;
  readonly tags: readonly string[];
  readonly properties: Readonly<Record<string, string>>;
  readonly comparisons: readonly Comparison[];
}

export type Holding = Pick<Image, 'status' | 'stores' | 'size' | 'receiver'>;

export interface ImageSum {
  readonly status: ImageStatus;
  readonly stores: number;
  readonly count: number;
  readonly bytes: number;
}

/** All SQL on images. */
export const imageStore = {
  async find(db: Executor, id: string): Promise<Image | undefined> {
    const row = await db.selectFrom('image_image').selectAll().where('id', '=', id).executeTakeFirst();
    return row && fromRow(row);
  },

  async list(db: Executor, filter: ImageFilter, page: PageRequest): Promise<Page<Image>> {
    const marker = page.marker === null ? null : await rowOf(db, page.marker);
    let query = applyFilter(db.selectFrom('image_image') as Query, filter).selectAll(
      'image_image',
    ) as SelectQueryBuilder<ImageTables, 'image_image', ImageRow>;
    if (marker) query = query.where(afterMarker(page.sort, marker));
    for (const { column, direction } of page.sort) {
      query = query.orderBy(sql`coalesce(${sql.ref(column)}, '')`, direction);
    }
    if (page.limit !== null) query = query.limit(page.limit + 1);
    return toPage((await query.execute()).map(fromRow), page.limit);
  },

  async insert(db: Executor, image: Image): Promise<void> {
    await db.insertInto('image_image').values(toRow(image)).execute();
    note('created', image);
  },

  /** Writes the whole image if it is still in the given state. @returns whether it was. */
  async update(db: Executor, image: Image, from: ImageStatus = image.status): Promise<boolean> {
    const done = await db
      .updateTable('image_image')
      .set(toRow(image))
      .where('id', '=', image.id)
      .where('status', '=', from)
      .executeTakeFirst();
    if (done.numUpdatedRows > 0) note('updated', image);
    return done.numUpdatedRows > 0;
  },

  async delete(db: Executor, id: string): Promise<void> {
    await db.deleteFrom('image_member').where('image_id', '=', id).execute();
    const gone = await db.deleteFrom('image_image').where('id', '=', id).returningAll().execute();
    for (const row of gone) note('deleted', fromRow(row));
  },

  /** Of all images what the stores of bytes are compared with. */
  async holdings(db: Executor): Promise<Map<string, Holding>> {
    const columns = ['id', 'status', 'stores_json', 'size', 'receiver'] as const;
    const rows = await db.selectFrom('image_image').select(columns).execute();
    return new Map(
      rows.map(({ id, status, stores_json, size, receiver }) => [
        id,
        { status: status as ImageStatus, stores: fromJson(stores_json), size, receiver },
      ]),
    );
  },

  /** How many images a project has in each state and set of stores, and how many bytes. */
  async usage(db: Executor, owner: string): Promise<ImageSum[]> {
    const rows = await db
      .selectFrom('image_image')
      .select(({ fn }) => ['status', 'stores_json', fn.countAll().as('count'), fn.sum('size').as('bytes')])
      .where('owner', '=', owner)
      .groupBy(['status', 'stores_json'])
      .execute();
    return rows.map((row) => ({
      status: row.status as ImageStatus,
      stores: fromJson<string[]>(row.stores_json).length,
      count: Number(row.count),
      bytes: Number(row.bytes ?? 0),
    }));
  },
};

const note = (what: Change['what'], { id, owner, name, status }: Image): void =>
  Changes.note({ service: 'image', noun: 'image', id, projectId: owner, what, name, status });

const rowOf = async (db: Executor, id: string): Promise<Record<string, unknown> | null> =>
  (await db.selectFrom('image_image').selectAll().where('id', '=', id).executeTakeFirst()) ?? null;

function applyFilter(start: Query, filter: ImageFilter): Query {
  let query = start.where('hidden', '=', flag(filter.hidden));
  query = applyVisibility(query, filter);
  for (const [column, values] of Object.entries(filter.oneOf))
    query = query.where(sql.ref(column), 'in', values);
  if (filter.protected !== null) query = query.where('protected', '=', flag(filter.protected));
  for (const tag of filter.tags) query = query.where(sql`tags_json`, 'like', like(json(tag)));
  for (const [name, value] of Object.entries(filter.properties)) {
    query = query.where(sql`properties_json`, 'like', like(`${json(name)}:${json(value)}`));
  }
  for (const { column, operator, value } of filter.comparisons) query = query.where(column, operator, value);
  return query;
}

/** JSON text as we write it holds each element whole, so a part of the text is an element of it. */
const like = (fragment: string) => sql<string>`${`%${fragment.replaceAll(/[\\%_]/g, '\\$&')}%`} escape '\\'`;

function applyVisibility(query: Query, { visibility, viewer, memberStatus }: ImageFilter): Query {
  const asked =
    visibility === null || visibility === 'all' ? query : query.where('visibility', '=', visibility);
  if (viewer === null) return asked;
  return asked.where((where) => {
    const shared = where
      .selectFrom('image_member')
      .select('image_member.image_id')
      .whereRef('image_member.image_id', '=', 'image_image.id')
      .where('image_member.member', '=', viewer)
      .$if(memberStatus !== 'all', (members) => members.where('image_member.status', '=', memberStatus));
    const seen = [
      where('owner', '=', viewer),
      where('visibility', '=', 'public'),
      where.and([where('visibility', '=', 'shared'), where.exists(shared)]),
    ];
    return where.or(
      visibility === 'community' || visibility === 'all'
        ? [...seen, where('visibility', '=', 'community')]
        : seen,
    );
  });
}

const toRow = (image: Image): ImageRow => ({
  id: image.id,
  name: image.name,
  status: image.status,
  visibility: image.visibility,
  owner: image.owner,
  size: image.size,
  virtual_size: image.virtualSize,
  disk_format: image.diskFormat,
  container_format: image.containerFormat,
  md5: image.md5,
  sha512: image.sha512,
  hidden: flag(image.hidden),
  protected: flag(image.protected),
  min_ram: image.minRam,
  min_disk: image.minDisk,
  tags_json: json(image.tags),
  properties_json: json(image.properties),
  stores_json: json(image.stores),
  receiver: image.receiver,
  created_at: image.createdAt,
  updated_at: image.updatedAt,
});

const fromRow = (row: ImageRow): Image => ({
  id: row.id,
  name: row.name,
  status: row.status as ImageStatus,
  visibility: row.visibility as Visibility,
  owner: row.owner,
  size: row.size,
  virtualSize: row.virtual_size,
  diskFormat: row.disk_format,
  containerFormat: row.container_format,
  md5: row.md5,
  sha512: row.sha512,
  hidden: fromFlag(row.hidden),
  protected: fromFlag(row.protected),
  minRam: row.min_ram,
  minDisk: row.min_disk,
  tags: fromJson(row.tags_json),
  properties: fromJson(row.properties_json),
  stores: fromJson(row.stores_json),
  receiver: row.receiver,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});
