import type { Db, Tx } from '#kernel/db/database.ts';
import { badRequest } from '#kernel/errors.ts';
import { afterMarker, toPage, type Page, type PageRequest } from '#kernel/paging.ts';
import { MAX_EVENTS, type StackEvent } from '../model/event.ts';
import type { EventRow, OrchestrationTables } from '../tables.ts';

type Executor = Db<OrchestrationTables>;

/** Which events a list has: of these stacks, with one of these values by column. */
export interface EventFilter {
  readonly stackIds: readonly string[];
  readonly oneOf: Partial<
    Record<'resource_name' | 'resource_type' | 'status' | 'action', readonly string[] | undefined>
  >;
}

/** All SQL on the events of stacks. */
export const eventStore = {
  /** Appends it, and lets go of what is older than the newest thousand of its stack. */
  async append(tx: Tx<OrchestrationTables>, event: Omit<StackEvent, 'place'>): Promise<void> {
    const last = await tx
      .selectFrom('stack_event')
      .select((e) => e.fn.max('place').as('place'))
      .where('stack_id', '=', event.stackId)
      .executeTakeFirst();
    const place = (last?.place ?? 0) + 1;
    const row = {
      id: event.id,
      place,
      stack_id: event.stackId,
      resource_name: event.resourceName,
      resource_type: event.resourceType,
      physical_id: event.physicalId,
      action: event.action,
      status: event.status,
      status_reason: event.statusReason,
      at: event.at,
    };
    await tx.insertInto('stack_event').values(row).execute();
    await tx
      .deleteFrom('stack_event')
      .where('stack_id', '=', event.stackId)
      .where('place', '<=', place - MAX_EVENTS)
      .execute();
  },

  async page(
    db: Executor,
    { stackIds, oneOf }: EventFilter,
    { limit, marker, sort }: PageRequest,
  ): Promise<Page<StackEvent>> {
    let query = db.selectFrom('stack_event').selectAll().where('stack_id', 'in', stackIds);
    for (const [column, values] of Object.entries(oneOf))
      if (values) query = query.where(column as keyof EventFilter['oneOf'], 'in', values);
    if (marker !== null) {
      const row = await eventStore.find(db, stackIds, marker);
      if (!row) throw badRequest(`There is no event ${marker} to go on from.`);
      query = query.where(
        afterMarker(sort, { at: row.at, place: row.place, id: row.id, resource_name: row.resourceName }),
      );
    }
    for (const { column, direction } of sort) query = query.orderBy(column as 'at', direction);
    if (limit !== null) query = query.limit(limit + 1);
    return toPage((await query.execute()).map(eventOf), limit);
  },

  async find(db: Executor, stackIds: readonly string[], id: string): Promise<StackEvent | undefined> {
    const row = await db
      .selectFrom('stack_event')
      .selectAll()
      .where('stack_id', 'in', stackIds)
      .where('id', '=', id)
      .executeTakeFirst();
    return row && eventOf(row);
  },
};

const eventOf = (row: EventRow): StackEvent => ({
  id: row.id,
  place: row.place,
  stackId: row.stack_id,
  resourceName: row.resource_name,
  resourceType: row.resource_type,
  physicalId: row.physical_id,
  action: row.action as StackEvent['action'],
  status: row.status as StackEvent['status'],
  statusReason: row.status_reason,
  at: row.at,
});
