import { sql, type ExpressionBuilder } from 'kysely';
import type { Db } from '../db/database.ts';
import type { Engine } from '../db/engine.ts';
import { OPEN, type TaskPatch, type TaskRow, type TaskTables } from './tables.ts';

/** What a worker does with tasks: claim, hold, move and let go of them. */

type Handle = Db<TaskTables>;
type Task = ExpressionBuilder<TaskTables, 'task'>;

/** What a worker shows to prove that a task is still its own. */
export type Held = Pick<TaskRow, 'id' | 'fence'>;

export interface Claimant {
  readonly worker: string;
  readonly kinds: readonly string[];
  readonly now: string;
}

/** A worker takes what nobody else holds; its own it gives back with `disown` first, so it never competes with itself. */
const claimable = (eb: Task, who: Claimant) =>
  eb.and([
    OPEN,
    eb('run_at', '<=', who.now),
    eb.or([eb('worker', 'is', null), eb('worker', '<>', who.worker)]),
    eb('kind', 'in', who.kinds),
  ]);

/** Takes up to `limit` tasks that are due. The guard is repeated: a row that another has just taken does not match again. */
export function claim(
  db: Handle,
  engine: Engine,
  who: Claimant,
  terms: { readonly leaseUntil: string; readonly limit: number },
): Promise<TaskRow[]> {
  // In a CTE, which is evaluated once: PostgreSQL may run a subquery for each row, and so exceed the limit.
  return db
    .with('due', (cte) =>
      engine.skipLocked(
        cte
          .selectFrom('task')
          .select('id')
          .where((eb) => claimable(eb, who))
          .orderBy('run_at')
          .limit(terms.limit),
      ),
    )
    .updateTable('task')
    .set((eb) => ({
      state: sql`case when state = 'undoing' then state else 'running' end`,
      worker: who.worker,
      run_at: terms.leaseUntil,
      waits_for: null,
      fence: eb('fence', '+', 1),
      updated_at: who.now,
    }))
    .where('id', 'in', (eb) => eb.selectFrom('due').select('due.id'))
    .where((eb) => claimable(eb, who))
    .returningAll()
    .execute();
}

/** When the next task can be claimed, one that another worker may leave behind included. */
export async function earliest(db: Handle, who: Claimant): Promise<string | null> {
  const row = await db
    .selectFrom('task')
    .select('run_at')
    .where(OPEN)
    .where((eb) => eb.or([eb('worker', 'is', null), eb('worker', '<>', who.worker)]))
    .where('kind', 'in', who.kinds)
    .orderBy('run_at')
    .limit(1)
    .executeTakeFirst();
  return row?.run_at ?? null;
}

/** Changes a task that the worker still holds. undefined: the lease was lost and nothing was written. */
export function patch(db: Handle, held: Held, change: TaskPatch): Promise<TaskRow | undefined> {
  return db
    .updateTable('task')
    .set(change)
    .where('id', '=', held.id)
    .where('fence', '=', held.fence)
    .where(OPEN)
    .returningAll()
    .executeTakeFirst();
}

/** `at`, or at once when a wake-up or cancellation came after this row was read. For a parked step. */
export const unlessWoken = (row: TaskRow, at: string, now: string) =>
  sql<string>`case when wakes = ${row.wakes} and cancel is null then ${at} else ${now} end`;

/** `at`, or at once when a cancellation came. For a step that backs off. */
export const unlessCancelled = (at: string, now: string) =>
  sql<string>`case when cancel is null then ${at} else ${now} end`;

export const addOutput = (tx: Handle, task: string, step: { name: string; output: string; at: string }) =>
  tx
    .insertInto('task_step')
    .values({ task, ...step, state: 'done' })
    .execute();

export const markUndone = (tx: Handle, task: string, name: string, at: string) =>
  tx
    .updateTable('task_step')
    .set({ state: 'undone', at })
    .where('task', '=', task)
    .where('name', '=', name)
    .execute();

export const outputs = (db: Handle, task: string) =>
  db.selectFrom('task_step').select(['name', 'output']).where('task', '=', task).execute();

/** Extends the leases of what a worker holds; returns what it really holds, with any cancellation. */
export const renew = (db: Handle, worker: string, ids: readonly string[], leaseUntil: string) =>
  db
    .updateTable('task')
    .set({ run_at: leaseUntil })
    .where('id', 'in', ids)
    .where('worker', '=', worker)
    .where(OPEN)
    .returning(['id', 'fence', 'cancel'])
    .execute();

/** Makes due what is held in this worker's name but not by this process: left by a former self, or by a failed write. */
export const disown = (db: Handle, worker: string, held: readonly string[], now: string) =>
  db
    .updateTable('task')
    .set({ worker: null, run_at: now })
    .where('worker', '=', worker)
    .where(OPEN)
    .$if(held.length > 0, (query) => query.where('id', 'not in', held))
    .execute();
