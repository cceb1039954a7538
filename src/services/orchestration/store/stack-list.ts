import { sql, type ExpressionBuilder } from 'kysely';
import { fromJson } from '#kernel/db/columns.ts';
import type { Db } from '#kernel/db/database.ts';
import { badRequest } from '#kernel/errors.ts';
import { afterMarker, toPage, type Page, type PageRequest } from '#kernel/paging.ts';
import type { StackSummary } from '../model/stack.ts';
import type { OrchestrationTables, StackRow } from '../tables.ts';

type Executor = Db<OrchestrationTables>;

/** Which stacks a list has. What is undefined does not matter. */
export interface StackFilter {
  /** Null = every project's. */
  readonly projectId: string | null;
  readonly deleted: boolean;
  readonly nested: boolean;
  /** One of these values, by column. */
  readonly oneOf: Partial<
    Record<
      'id' | 'name' | 'status' | 'action' | 'project_id' | 'owner' | 'parent_id',
      readonly string[] | undefined
    >
  >;
  readonly tags: TagFilter;
}

export interface TagFilter {
  readonly all?: readonly string[];
  readonly any?: readonly string[];
  /** Without all of these at once. */
  readonly notAll?: readonly string[];
  readonly notAny?: readonly string[];
}

export const STACK_SORT_COLUMNS: Readonly<Record<string, string>> = {
  name: 'name',
  stack_name: 'name',
  status: 'status',
  stack_status: 'status',
  created_at: 'created_at',
  creation_time: 'created_at',
  updated_at: 'updated_at',
  updated_time: 'updated_at',
};

const COLUMNS = [
  ...(['id', 'name', 'project_id', 'owner', 'parent_id', 'description', 'tags_json'] as const),
  ...(['action', 'status', 'status_reason', 'created_at', 'updated_at', 'deleted_at'] as const),
] as const;

/** Lists of stacks: no recipe is read. */
export const stackList = {
  async page(db: Executor, filter: StackFilter, page: PageRequest): Promise<Page<StackSummary>> {
    const marker = page.marker === null ? undefined : await markerRow(db, filter, page.marker);
    let query = db.selectFrom('stack').select(COLUMNS).where(matching(filter));
    if (marker) query = query.where(afterMarker(page.sort, marker));
    for (const { column, direction } of page.sort)
      query = query.orderBy(sql`coalesce(${sql.ref(column)}, '')`, direction);
    if (page.limit !== null) query = query.limit(page.limit + 1);
    return toPage((await query.execute()).map(summary), page.limit);
  },

  async count(db: Executor, filter: StackFilter): Promise<number> {
    const row = await db
      .selectFrom('stack')
      .select((e) => e.fn.countAll().as('total'))
      .where(matching(filter))
      .executeTakeFirst();
    return Number(row?.total ?? 0);
  },
};

async function markerRow(db: Executor, { projectId }: StackFilter, id: string) {
  const row = await db.selectFrom('stack').select(COLUMNS).where('id', '=', id).executeTakeFirst();
  if (!row || (projectId !== null && row.project_id !== projectId))
    throw badRequest(`There is no stack ${id} to go on from.`);
  return row;
}

const matching = (filter: StackFilter) => (e: ExpressionBuilder<OrchestrationTables, 'stack'>) => {
  const { projectId, deleted, nested, oneOf, tags } = filter;
  const columns = Object.entries(oneOf) as [keyof StackFilter['oneOf'], readonly string[] | undefined][];
  return e.and([
    ...(projectId === null ? [] : [e('project_id', '=', projectId)]),
    ...(deleted ? [] : [e('deleted_at', 'is', null)]),
    ...(nested ? [] : [e('parent_id', 'is', null)]),
    ...columns.flatMap(([column, values]) => (values ? [e(column, 'in', values)] : [])),
    ...(tags.all ?? []).map(tagged),
    ...(tags.any ? [e.or(tags.any.map(tagged))] : []),
    ...(tags.notAll ? [e.not(e.and(tags.notAll.map(tagged)))] : []),
    ...(tags.notAny ? [e.not(e.or(tags.notAny.map(tagged)))] : []),
  ]);
};

/** Whether a tag is in the list that is kept as JSON: tags hold no comma, so that its quoted form stands for nothing else. */
const tagged = (tag: string) => sql<boolean>`replace(tags_json, ${JSON.stringify(tag)}, '') <> tags_json`;

const summary = (row: Pick<StackRow, (typeof COLUMNS)[number]>): StackSummary => ({
  id: row.id,
  name: row.name,
  projectId: row.project_id,
  owner: row.owner,
  parentId: row.parent_id,
  description: row.description,
  tags: fromJson(row.tags_json),
  action: row.action as StackSummary['action'],
  status: row.status as StackSummary['status'],
  statusReason: row.status_reason,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  deletedAt: row.deleted_at,
});
