import type { Selectable } from 'kysely';
import { fromJson, json } from '../db/columns.ts';
import type { Db, Tx } from '../db/database.ts';
import { newUuid } from '../ids.ts';
import type { CloudEvent, NewEvent } from './event.ts';
import type { EventTable, EventTables } from './tables.ts';

type Handle = Db<EventTables>;

/** Rows of a statement; databases take some ten thousand parameters at a time. */
const AT_ONCE = 1_000;

/** In their order, at one time: two statements however many they are, up to what a statement takes. */
export async function insert(tx: Tx<EventTables>, events: readonly NewEvent[], at: string): Promise<void> {
  const { last } = await tx
    .updateTable('event_head')
    .set((eb) => ({ last: eb('last', '+', events.length) }))
    .returning('last')
    .executeTakeFirstOrThrow();
  const rows = events.map(({ projectId, payload, ...event }, index) => ({
    seq: last - events.length + 1 + index,
    id: newUuid(),
    at,
    project: projectId,
    service: event.service,
    type: event.type,
    resource: event.resource,
    payload: json(payload ?? null),
  }));
  for (let from = 0; from < rows.length; from += AT_ONCE)
    await tx
      .insertInto('event')
      .values(rows.slice(from, from + AT_ONCE))
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
