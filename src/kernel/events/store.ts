import type { Selectable } from 'kysely';
import { fromJson, json } from '../db/columns.ts';
import type { Db, Tx } from '../db/database.ts';
import { newUuid } from '../ids.ts';
import type { CloudEvent, NewEvent } from './event.ts';
import type { EventTable, EventTables } from './tables.ts';

type Handle = Db<EventTables>;

export async function insert(tx: Tx<EventTables>, event: NewEvent, at: string): Promise<void> {
  const { last } = await tx
    .updateTable('event_head')
    .set((eb) => ({ last: eb('last', '+', 1) }))
    .returning('last')
    .executeTakeFirstOrThrow();
  const { projectId, service, type, resource, payload } = event;
  await tx
    .insertInto('event')
    .values({
      seq: last,
      id: newUuid(),
      at,
      project: projectId,
      service,
      type,
      resource,
      payload: json(payload ?? null),
    })
    .execute();
}

export const head = (db: Handle): Promise<{ last: number; pruned: number }> =>
  db.selectFrom('event_head').select(['last', 'pruned']).executeTakeFirstOrThrow();

/** Events with `after < seq <= upTo`, of one project or (undefined) of all. */
export async function read(
  db: Handle,
  range: { readonly after: number; readonly upTo: number; readonly limit: number },
  project: string | undefined,
): Promise<CloudEvent[]> {
  const rows = await db
    .selectFrom('event')
    .selectAll()
    .where('seq', '>', range.after)
    .where('seq', '<=', range.upTo)
    .$if(project !== undefined, (query) => query.where('project', '=', project ?? null))
    .orderBy('seq')
    .limit(range.limit)
    .execute();
  return rows.map(fromRow);
}

/** Forgets what is older, and remembers up to where. */
export async function prune(tx: Tx<EventTables>, before: string): Promise<number> {
  const newest = await tx
    .selectFrom('event')
    .select((eb) => eb.fn.max('seq').as('seq'))
    .where('at', '<', before)
    .executeTakeFirst();
  if (!newest?.seq) return 0;
  await tx.updateTable('event_head').set({ pruned: newest.seq }).execute();
  const deleted = await tx.deleteFrom('event').where('seq', '<=', newest.seq).executeTakeFirstOrThrow();
  return Number(deleted.numDeletedRows);
}

const fromRow = ({ project, payload, ...row }: Selectable<EventTable>): CloudEvent => ({
  ...row,
  projectId: project,
  payload: fromJson(payload),
});
