import { sql, type ExpressionBuilder, type RawBuilder, type Selectable } from 'kysely';
import { json } from '../db/columns.ts';
import type { Db, Tx } from '../db/database.ts';
import type { Engine } from '../db/engine.ts';
import { conflict } from '../errors.ts';
import { newUuid } from '../ids.ts';
import { ENDED, OPEN, type TaskTable, type TaskTables } from './tables.ts';
import type { NewTask, TaskStatus } from './task.ts';

export type TaskRow = Selectable<TaskTable>;
export type TaskPatch = { readonly [K in keyof TaskTable]?: TaskTable[K] | RawBuilder<TaskTable[K]> };
type Handle = Db<TaskTables>;
type Task = ExpressionBuilder<TaskTables, 'task'>;

/** What a worker shows to prove that a task is still its own. */
export type Held = Pick<TaskRow, 'id' | 'fence'>;

export interface Terms {
  readonly patience: number;
  readonly firstStep: string | null;
  readonly now: string;
  readonly deadline: string;
}

/** Adds a task, or queues it behind the open one of its target. @throws CloudError `conflict` when busy and told to refuse. */
export async function insert(tx: Handle, task: NewTask<unknown>, terms: Terms): Promise<string> {
  const row = newRow(task, terms);
  for (;;) {
    const inserted = await tx
      .insertInto('task')
      .values(row)
      .onConflict((c) => c.doNothing())
      .returning('id')
      .executeTakeFirst();
    if (inserted) return row.id;
    if (task.whenBusy === 'refuse')
      throw conflict('Another operation on this resource is in progress.', { code: 'busy' });
    if (await lockOpen(tx, task.target)) break;
    // It ended between the two statements: there is room now.
  }
  if (task.whenBusy === 'cancel') await cancel(tx, task.target, 'Cancelled by a later operation.', terms.now);
  await tx
    .insertInto('task')
    .values({ ...row, state: 'queued', place: nextPlace(task.target) })
    .execute();
  return row.id;
}

const newRow = (task: NewTask<unknown>, terms: Terms): TaskRow => ({
  id: newUuid(),
  kind: task.kind,
  target: task.target,
  project: task.projectId,
  ctx: json(task.ctx),
  input: json(task.input ?? null),
  state: 'pending',
  step: terms.firstStep,
  attempt: 1,
  run_at: terms.now,
  worker: null,
  fence: 0,
  wakes: 0,
  waits_for: null,
  error: null,
  failure: null,
  cancel: null,
  patience: terms.patience,
  deadline: terms.deadline,
  place: 0,
  created_at: terms.now,
  updated_at: terms.now,
});

const nextPlace = (target: string) =>
  sql<number>`(select max(place) + 1 from task where target = ${target} and (state = 'queued' or ${OPEN}))`;

/** Locks the open task of a target by touching it: it cannot end until this transaction has, so it will see who queues up. */
async function lockOpen(tx: Handle, target: string): Promise<boolean> {
  const locked = await tx
    .updateTable('task')
    .set((eb) => ({ updated_at: eb.ref('updated_at') }))
    .where('target', '=', target)
    .where(OPEN)
    .returning('id')
    .execute();
  return locked.length > 0;
}

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

/** The next in the queue of a target that has just become free is due now, and its patience starts. */
export async function promote(tx: Tx<TaskTables>, target: string, now: Date): Promise<boolean> {
  const next = await tx
    .selectFrom('task')
    .select(['id', 'patience'])
    .where('target', '=', target)
    .where('state', '=', 'queued')
    .orderBy('place')
    .limit(1)
    .executeTakeFirst();
  if (!next) return false;
  const deadline = new Date(now.getTime() + next.patience * 1000).toISOString();
  await tx
    .updateTable('task')
    .set({ state: 'pending', run_at: now.toISOString(), deadline })
    .where('id', '=', next.id)
    .execute();
  return true;
}

/** Marks all of a target that may still go forward; what nobody works on is due at once. Returns the ids. */
export async function cancel(db: Handle, target: string, reason: string, now: string): Promise<string[]> {
  const rows = await db
    .updateTable('task')
    .set({ cancel: reason, run_at: sql`case when worker is null then ${now} else run_at end` })
    .where('target', '=', target)
    .where(sql<boolean>`(state = 'queued' or ${OPEN})`)
    .returning('id')
    .execute();
  return rows.map((row) => row.id);
}

/** Counts the wake-up, and makes the task due when it is parked. Returns whether it is. */
export async function wake(db: Handle, target: string, now: string): Promise<boolean> {
  const row = await db
    .updateTable('task')
    .set((eb) => ({
      wakes: eb('wakes', '+', 1),
      run_at: sql`case when waits_for is null then run_at else ${now} end`,
    }))
    .where('target', '=', target)
    .where(OPEN)
    .returning('waits_for')
    .executeTakeFirst();
  return (row?.waits_for ?? null) !== null;
}

/** After a start: wake-ups may have been lost with the former process, so every parked step looks again. */
export const wakeAll = (db: Handle, now: string) =>
  db.updateTable('task').set({ run_at: now }).where(OPEN).where('waits_for', 'is not', null).execute();

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

export async function openOf(db: Handle, targets: readonly string[]): Promise<TaskStatus[]> {
  if (targets.length === 0) return [];
  const rows = await db
    .selectFrom('task')
    .select(STATUS)
    .where('target', 'in', targets)
    .where(OPEN)
    .execute();
  return rows.map(toStatus);
}

/** The task of this target that ended last. */
export async function lastOf(db: Handle, target: string): Promise<TaskStatus | undefined> {
  const row = await db
    .selectFrom('task')
    .select(STATUS)
    .where('target', '=', target)
    .where(ENDED)
    .orderBy('updated_at', 'desc')
    .orderBy('place', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row && toStatus(row);
}

export async function openKinds(db: Handle): Promise<string[]> {
  const rows = await db.selectFrom('task').select('kind').distinct().where(OPEN).execute();
  return rows.map((row) => row.kind);
}

export async function prune(db: Handle, before: string): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('task')
    .where(ENDED)
    .where('updated_at', '<', before)
    .executeTakeFirstOrThrow();
  return Number(numDeletedRows);
}

const STATUS = ['id', 'kind', 'target', 'state', 'step', 'attempt', 'error', 'waits_for', 'run_at'] as const;

const toStatus = ({ waits_for, run_at, ...row }: Pick<TaskRow, (typeof STATUS)[number]>): TaskStatus => ({
  ...row,
  waitsFor: waits_for,
  runAt: run_at,
});
