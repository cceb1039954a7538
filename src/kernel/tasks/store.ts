import { sql } from 'kysely';
import { json } from '../db/columns.ts';
import type { Db, Tx } from '../db/database.ts';
import { conflict } from '../errors.ts';
import { newUuid } from '../ids.ts';
import { ENDED, OPEN, type TaskRow, type TaskTables } from './tables.ts';
import type { NewTask, TaskStatus } from './task.ts';

/** What everyone but the worker does with tasks: start, wake, cancel, ask and forget. */

type Handle = Db<TaskTables>;

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
