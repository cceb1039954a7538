import { Changes, type Change } from '#kernel/db/changes.ts';
import { flag, fromFlag, fromJson, json } from '#kernel/db/columns.ts';
import type { Db } from '#kernel/db/database.ts';
import { badRequest } from '#kernel/errors.ts';
import { afterMarker, type SortKey } from '#kernel/paging.ts';
import type { Alarm, AlarmState, AlarmType, Severity } from '../model/alarm.ts';
import type { AlarmRow, AlarmTables } from '../tables.ts';
import { whereOf, type Condition } from './filter.ts';

type Executor = Db<AlarmTables>;

export interface Page {
  readonly where: readonly Condition[];
  /** Ends with the id. */
  readonly sort: readonly SortKey[];
  readonly limit: number;
  /** Id of the last that is known. */
  readonly marker?: string | undefined;
}

/** All SQL on alarms. */
export const alarmStore = {
  async find(db: Executor, id: string): Promise<Alarm | undefined> {
    const row = await db.selectFrom('alarm').selectAll().where('id', '=', id).executeTakeFirst();
    return row && alarmOf(row);
  },

  async list(db: Executor, { where, sort, limit, marker }: Page): Promise<Alarm[]> {
    let query = db.selectFrom('alarm').selectAll();
    for (const condition of where) query = query.where(whereOf(condition));
    if (marker !== undefined) {
      const last = await query.where('id', '=', marker).executeTakeFirst();
      if (!last) throw badRequest(`The marker ${marker} is not in the list.`);
      query = query.where(afterMarker(sort, { ...last }));
    }
    for (const { column, direction } of sort) query = query.orderBy(column as 'id', direction);
    const rows = await query.limit(limit).execute();
    return rows.map(alarmOf);
  },

  /** Those to be looked at, `limit` after the given id. */
  async enabled(
    db: Executor,
    { types, after, limit }: { types: readonly AlarmType[]; after: string; limit: number },
  ): Promise<Alarm[]> {
    const rows = await db
      .selectFrom('alarm')
      .selectAll()
      .where('enabled', '=', 1)
      .where('type', 'in', [...types])
      .where('id', '>', after)
      .orderBy('id')
      .limit(limit)
      .execute();
    return rows.map(alarmOf);
  },

  async count(db: Executor, projectId: string): Promise<number> {
    const row = await db
      .selectFrom('alarm')
      .select((e) => e.fn.countAll().as('total'))
      .where('project_id', '=', projectId)
      .executeTakeFirst();
    return Number(row?.total ?? 0);
  },

  async insert(tx: Executor, alarm: Alarm): Promise<void> {
    await tx.insertInto('alarm').values(rowOf(alarm)).execute();
    note('created', alarm);
  },

  async update(tx: Executor, alarm: Alarm): Promise<boolean> {
    const { id, ...columns } = rowOf(alarm);
    const done = await tx.updateTable('alarm').set(columns).where('id', '=', id).executeTakeFirst();
    if (done.numUpdatedRows > 0n) note('updated', alarm);
    return done.numUpdatedRows > 0n;
  },

  /** Only from the state and the words in which it was seen. @returns whether this was the one to change it. */
  async move(tx: Executor, seen: Alarm, to: Pick<Alarm, 'state' | 'stateReason' | 'stateChangedAt'>) {
    const done = await tx
      .updateTable('alarm')
      .set({ state: to.state, state_reason: to.stateReason, state_changed_at: to.stateChangedAt })
      .where('id', '=', seen.id)
      .where('state', '=', seen.state)
      .where('state_changed_at', '=', seen.stateChangedAt)
      .where('updated_at', '=', seen.updatedAt)
      .executeTakeFirst();
    return done.numUpdatedRows > 0n;
  },

  async delete(tx: Executor, id: string): Promise<void> {
    const gone = await tx.deleteFrom('alarm').where('id', '=', id).returningAll().execute();
    for (const row of gone) note('deleted', alarmOf(row));
  },
};

const note = (what: Change['what'], { id, projectId, name, state }: Alarm): void =>
  Changes.note({ service: 'alarm', noun: 'alarm', id, projectId, what, name, status: state });

const rowOf = (alarm: Alarm): AlarmRow => ({
  id: alarm.id,
  project_id: alarm.projectId,
  user_id: alarm.userId,
  name: alarm.name,
  description: alarm.description,
  type: alarm.type,
  enabled: flag(alarm.enabled),
  severity: alarm.severity,
  state: alarm.state,
  state_reason: alarm.stateReason,
  state_changed_at: alarm.stateChangedAt,
  created_at: alarm.createdAt,
  updated_at: alarm.updatedAt,
  repeat_actions: flag(alarm.repeatActions),
  actions_json: json(alarm.actions),
  constraints_json: json(alarm.timeConstraints),
  rule_json: json(alarm.rule),
  owner_json: json(alarm.owner),
});

const alarmOf = (row: AlarmRow): Alarm =>
  ({
    id: row.id,
    projectId: row.project_id,
    userId: row.user_id,
    name: row.name,
    description: row.description,
    enabled: fromFlag(row.enabled),
    severity: row.severity as Severity,
    state: row.state as AlarmState,
    stateReason: row.state_reason,
    stateChangedAt: row.state_changed_at,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    repeatActions: fromFlag(row.repeat_actions),
    actions: fromJson(row.actions_json),
    timeConstraints: fromJson(row.constraints_json),
    owner: fromJson(row.owner_json),
    ...({ type: row.type, rule: fromJson(row.rule_json) } as Pick<Alarm, 'type' | 'rule'>),
  }) as Alarm;
