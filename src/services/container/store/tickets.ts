import type { Actor } from '#kernel/context.ts';
import type { Db } from '#kernel/db/database.ts';
import type { Ticket, TicketCommand } from '../model/ticket.ts';
import type { ContainerTables, TicketRow } from '../tables.ts';

type Executor = Db<ContainerTables>;

/** What a ticket is shown for. */
export interface TicketUse {
  readonly digest: string;
  readonly containerId: string;
  readonly execId: string | null;
  /** ISO-8601. */
  readonly now: string;
}

/** All SQL on tickets. */
export const ticketStore = {
  async insert(db: Executor, digest: string, ticket: Ticket): Promise<void> {
    await db.insertInto('container_ticket').values(toRow(digest, ticket)).execute();
  },

  /** How many of a container are good and not used yet. */
  async countOpen(db: Executor, containerId: string, now: string): Promise<number> {
    const { count } = await db
      .selectFrom('container_ticket')
      .select((e) => e.fn.countAll().as('count'))
      .where('container_id', '=', containerId)
      .where('expires_at', '>', now)
      .where('used_at', 'is', null)
      .executeTakeFirstOrThrow();
    return Number(count);
  },

  /** Takes the ticket for good: of any who show it at once, one gets it. @returns undefined when it is not good for this. */
  async use(db: Executor, { digest, containerId, execId, now }: TicketUse): Promise<Ticket | undefined> {
    const row = await db
      .selectFrom('container_ticket')
      .selectAll()
      .where('digest', '=', digest)
      .executeTakeFirst();
    if (row?.container_id !== containerId || row.exec_id !== execId || row.expires_at <= now)
      return undefined;
    const taken = await db
      .updateTable('container_ticket')
      .set({ used_at: now, command_json: null })
      .where('digest', '=', digest)
      .where('used_at', 'is', null)
      .executeTakeFirst();
    return taken.numUpdatedRows === 1n ? fromRow(row) : undefined;
  },

  async hasExec(db: Executor, containerId: string, execId: string): Promise<boolean> {
    const query = db.selectFrom('container_ticket').select('digest').where('container_id', '=', containerId);
    return (await query.where('exec_id', '=', execId).executeTakeFirst()) !== undefined;
  },

  async removeExpired(db: Executor, before: string): Promise<void> {
    await db.deleteFrom('container_ticket').where('expires_at', '<', before).execute();
  },
};

const toRow = (digest: string, ticket: Ticket): TicketRow => ({
  digest,
  container_id: ticket.containerId,
  project_id: ticket.projectId,
  user_json: JSON.stringify(ticket.user),
  exec_id: ticket.exec?.id ?? null,
  command_json: ticket.exec && JSON.stringify({ command: ticket.exec.command, tty: ticket.exec.tty }),
  expires_at: ticket.expiresAt,
  used_at: null,
});

const fromRow = (row: TicketRow): Ticket => ({
  containerId: row.container_id,
  projectId: row.project_id,
  user: JSON.parse(row.user_json) as Actor,
  exec:
    row.exec_id === null
      ? null
      : {
          id: row.exec_id,
          ...(JSON.parse(row.command_json ?? '{}') as Pick<TicketCommand, 'command' | 'tty'>),
        },
  expiresAt: row.expires_at,
});
