import type { Db } from '#kernel/db/database.ts';
import type { Member } from '../model/image.ts';
import type { ImageTables, MemberRow } from '../tables.ts';

type Executor = Db<ImageTables>;

/** All SQL on whom an image is shared with. */
export const memberStore = {
  async find(db: Executor, imageId: string, member: string): Promise<Member | undefined> {
    const row = await db
      .selectFrom('image_member')
      .selectAll()
      .where('image_id', '=', imageId)
      .where('member', '=', member)
      .executeTakeFirst();
    return row && fromRow(row);
  },

  async list(db: Executor, imageId: string): Promise<Member[]> {
    const rows = await db
      .selectFrom('image_member')
      .selectAll()
      .where('image_id', '=', imageId)
      .orderBy('member')
      .execute();
    return rows.map(fromRow);
  },

  async insert(db: Executor, member: Member): Promise<void> {
    await db.insertInto('image_member').values(toRow(member)).execute();
  },

  async update(db: Executor, member: Member): Promise<void> {
    await db
      .updateTable('image_member')
      .set({ status: member.status, updated_at: member.updatedAt })
      .where('image_id', '=', member.imageId)
      .where('member', '=', member.member)
      .execute();
  },

  async delete(db: Executor, imageId: string, member: string): Promise<boolean> {
    const done = await db
      .deleteFrom('image_member')
      .where('image_id', '=', imageId)
      .where('member', '=', member)
      .executeTakeFirst();
    return done.numDeletedRows > 0;
  },
};

const toRow = (member: Member): MemberRow => ({
  image_id: member.imageId,
  member: member.member,
  status: member.status,
  created_at: member.createdAt,
  updated_at: member.updatedAt,
});

const fromRow = (row: MemberRow): Member => ({
  imageId: row.image_id,
  member: row.member,
  status: row.status as Member['status'],
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});
