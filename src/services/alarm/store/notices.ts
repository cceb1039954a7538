import type { StoredCtx } from '#kernel/context.ts';
import { fromJson, json } from '#kernel/db/columns.ts';
import type { Db } from '#kernel/db/database.ts';
import type { AlarmTables } from '../tables.ts';

type Executor = Db<AlarmTables>;

/** An action that is to be done: written with the transition it is of, gone when it is done. */
export interface Notice {
  readonly id: string;
  readonly url: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly owner: StoredCtx;
  readonly tries: number;
  readonly dueAt: string;
}

export const noticeStore = {
  async add(tx: Executor, notices: readonly Notice[]): Promise<void> {
    if (notices.length === 0) return;
    const rows = notices.map(({ id, url, body, owner, tries, dueAt }) => ({
      id,
      url,
      body_json: json(body),
      owner_json: json(owner),
      tries,
      due_at: dueAt,
    }));
    await tx.insertInto('alarm_notice').values(rows).execute();
  },

  async due(db: Executor, now: string, limit: number): Promise<Notice[]> {
    const rows = await db
      .selectFrom('alarm_notice')
      .selectAll()
      .where('due_at', '<=', now)
      .orderBy('due_at')
      .limit(limit)
      .execute();
    return rows.map(({ id, url, body_json, owner_json, tries, due_at }) => ({
      id,
      url,
      body: fromJson(body_json),
      owner: fromJson(owner_json),
      tries,
      dueAt: due_at,
    }));
  },

  /** Nobody else tries it before `until`. @returns whether this was the one to take it. */
  async claim(db: Executor, { id, tries, dueAt }: Notice, until: string): Promise<boolean> {
    const done = await db
      .updateTable('alarm_notice')
      .set({ due_at: until, tries: tries + 1 })
      .where('id', '=', id)
      .where('due_at', '=', dueAt)
      .executeTakeFirst();
    return done.numUpdatedRows > 0n;
  },

  async remove(db: Executor, id: string): Promise<void> {
    await db.deleteFrom('alarm_notice').where('id', '=', id).execute();
  },
};
