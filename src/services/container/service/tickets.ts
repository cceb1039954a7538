import { isoTime, type Clock } from '#kernel/clock.ts';
import type { Ctx } from '#kernel/context.ts';
import type { Database } from '#kernel/db/database.ts';
import { CloudError } from '#kernel/errors.ts';
import type { Container } from '../model/container.ts';
import { digestOf, newTicketText, type Ticket } from '../model/ticket.ts';
import { ticketStore } from '../store/tickets.ts';
import type { ContainerTables } from '../tables.ts';

export interface TicketDeps {
  readonly database: Database;
  readonly clock: Clock;
  /** How long a ticket is good for. */
  readonly ticketSeconds: number;
}

/** Of a container, that nobody has used yet. */
const MAX_OPEN = 100;
/** A console that has ended is known for so long, so that late words about it are no mistake. */
const KEEP_MS = 24 * 3600 * 1000;

/** Tickets for consoles: given out once, taken once, and never kept in words. */
export class Tickets {
  readonly #deps: TicketDeps;

  constructor(deps: TicketDeps) {
    this.#deps = deps;
  }

  /** @throws CloudError `quota` when too many wait to be used. */
  async issue(ctx: Ctx, container: Container, exec: Ticket['exec']): Promise<string> {
    const now = this.#deps.clock.now();
    if ((await ticketStore.countOpen(this.#db, container.id, isoTime(now))) >= MAX_OPEN)
      throw new CloudError(
        'quota',
        `Container ${container.id} has too many consoles that nobody has opened yet.`,
      );
    await ticketStore.removeExpired(this.#db, isoTime(new Date(now.getTime() - KEEP_MS)));
    const text = newTicketText();
    await ticketStore.insert(this.#db, digestOf(text), {
      containerId: container.id,
      projectId: container.projectId,
      user: ctx.user,
      exec,
      expiresAt: isoTime(new Date(now.getTime() + this.#deps.ticketSeconds * 1000)),
    });
    return text;
  }

  /** @throws CloudError `unauthenticated` for one that is unknown, used, too old, or for something else: which, nobody learns. */
  async use(text: string, containerId: string, execId: string | null): Promise<Ticket> {
    const now = isoTime(this.#deps.clock.now());
    const ticket = await ticketStore.use(this.#db, { digest: digestOf(text), containerId, execId, now });
    if (ticket) return ticket;
    throw new CloudError('unauthenticated', 'This ticket is not good, or no longer.');
  }

  /** Whether the command was ever promised a console in this container. */
  knows(containerId: string, execId: string): Promise<boolean> {
    return ticketStore.hasExec(this.#db, containerId, execId);
  }

  get #db() {
    return this.#deps.database.handle<ContainerTables>();
  }
}
