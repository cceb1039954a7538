import type { Db } from '#kernel/db/database.ts';
import type { AlarmTables } from '../tables.ts';

type Executor = Db<AlarmTables>;

/** Limits of projects, and how far the event log has been read. */
export const settingsStore = {
  /** -1 = unlimited. */
  async limit(db: Executor, projectId: string): Promise<number> {
    const row = await db
      .selectFrom('alarm_quota')
      .select('alarms')
      .where('project_id', '=', projectId)
      .executeTakeFirst();
    return row?.alarms ?? -1;
  },

  async setLimit(db: Executor, projectId: string, alarms: number): Promise<void> {
    await db
      .insertInto('alarm_quota')
      .values({ project_id: projectId, alarms })
      .onConflict((conflict) => conflict.column('project_id').doUpdateSet({ alarms }))
      .execute();
  },

  async removeLimit(db: Executor, projectId: string): Promise<void> {
    await db.deleteFrom('alarm_quota').where('project_id', '=', projectId).execute();
  },

  async cursor(db: Executor): Promise<number | undefined> {
    const row = await db.selectFrom('alarm_cursor').select('seq').where('id', '=', 1).executeTakeFirst();
    return row?.seq;
  },

  async startCursor(db: Executor, seq: number): Promise<void> {
    await db
      .insertInto('alarm_cursor')
      .values({ id: 1, seq })
      .onConflict((conflict) => conflict.column('id').doUpdateSet({ seq }))
      .execute();
  },

  /** @returns whether nobody else was faster. */
  async moveCursor(tx: Executor, from: number, to: number): Promise<boolean> {
    const done = await tx
      .updateTable('alarm_cursor')
      .set({ seq: to })
      .where('id', '=', 1)
      .where('seq', '=', from)
      .executeTakeFirst();
    return done.numUpdatedRows > 0n;
  },
};
