import { fromJson, json } from '#kernel/db/columns.ts';
import type { Db } from '#kernel/db/database.ts';
import { badRequest } from '#kernel/errors.ts';
import { afterMarker } from '#kernel/paging.ts';
import type { AlarmChange } from '../model/alarm.ts';
import type { AlarmTables } from '../tables.ts';
import type { Page } from './alarms.ts';
import { whereOf } from './filter.ts';

type Executor = Db<AlarmTables>;

/** All SQL on what happened to alarms. */
export const historyStore = {
  async add(tx: Executor, { alarmId, projectId, userId, detail, ...change }: AlarmChange): Promise<void> {
    const of = { alarm_id: alarmId, project_id: projectId, user_id: userId };
    await tx
      .insertInto('alarm_history')
      .values({ ...change, ...of, detail_json: json(detail) })
      .execute();
  },

  async list(db: Executor, { where, sort, limit, marker }: Page): Promise<AlarmChange[]> {
    let query = db.selectFrom('alarm_history').selectAll();
    for (const condition of where) query = query.where(whereOf(condition));
    if (marker !== undefined) {
      const last = await query.where('id', '=', marker).executeTakeFirst();
      if (!last) throw badRequest(`The marker ${marker} is not in the list.`);
      query = query.where(afterMarker(sort, { ...last }));
    }
    for (const { column, direction } of sort) query = query.orderBy(column as 'id', direction);
    const rows = await query.limit(limit).execute();
    return rows.map((row) => ({
      id: row.id,
      alarmId: row.alarm_id,
      projectId: row.project_id,
      userId: row.user_id,
      type: row.type as AlarmChange['type'],
      detail: fromJson(row.detail_json),
      at: row.at,
    }));
  },

  /** What is older is forgotten. */
  async prune(tx: Executor, before: string): Promise<void> {
    await tx.deleteFrom('alarm_history').where('at', '<', before).execute();
  },
};
