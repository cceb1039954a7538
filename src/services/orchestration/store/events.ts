import type { Tx } from '#kernel/db/database.ts';
import { MAX_EVENTS, type StackEvent } from '../model/event.ts';
import type { OrchestrationTables } from '../tables.ts';

/** All SQL on the events of stacks. */
export const eventStore = {
  /** Appends it, and lets go of what is older than the newest thousand of its stack. */
  async append(tx: Tx<OrchestrationTables>, event: Omit<StackEvent, 'place'>): Promise<void> {
    const last = await tx
      .selectFrom('stack_event')
      .select((e) => e.fn.max('place').as('place'))
      .where('stack_id', '=', event.stackId)
      .executeTakeFirst();
    const place = Number(last?.place ?? 0) + 1;
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
};
