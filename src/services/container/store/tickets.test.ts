import { expect, it } from 'vitest';
import { forEachDatabase } from '#test/support/databases.ts';
import { containerMigrations } from '../migrations/all.ts';
import type { Ticket } from '../model/ticket.ts';
import type { ContainerTables } from '../tables.ts';
import { ticketStore } from './tickets.ts';

const schema = { name: 'container', migrations: containerMigrations };
const NOW = '2030-01-01T00:00:00.000Z';
const LATER = '2030-01-01T00:01:00.000Z';

const ticket = (change: Partial<Ticket> = {}): Ticket => ({
  containerId: 'c1',
  projectId: 'p1',
  user: { id: 'u1', name: 'ann', domain: { id: 'default', name: 'Default' } },
  exec: null,
  expiresAt: LATER,
  ...change,
});
const use = { digest: 'd1', containerId: 'c1', execId: null, now: NOW };

forEachDatabase('the store of tickets', (open) => {
  it('gives a ticket to one of any who show it at once, and to nobody after', async () => {
    const db = (await open(schema)).handle<ContainerTables>();
    await ticketStore.insert(db, 'd1', ticket());
    const shown = await Promise.all(Array.from({ length: 5 }, () => ticketStore.use(db, use)));
    expect(shown.filter((taken) => taken !== undefined)).toEqual([ticket()]);
    expect(await ticketStore.use(db, use)).toBeUndefined();
  });

  it('gives none that has expired, or is for something else, and spends it for neither', async () => {
    const db = (await open(schema)).handle<ContainerTables>();
    const exec = { id: 'e1', command: ['sh'], tty: true };
    await ticketStore.insert(db, 'd1', ticket({ exec }));
    const own = { ...use, execId: 'e1' };
    for (const wrong of [{ now: LATER }, { containerId: 'c2' }, { execId: null }, { digest: 'd2' }])
      expect(await ticketStore.use(db, { ...own, ...wrong })).toBeUndefined();
    expect(await ticketStore.use(db, own)).toEqual(ticket({ exec }));
    expect(await ticketStore.hasExec(db, 'c1', 'e1')).toBe(true);
  });

  it('counts what is good and unused, and forgets what has expired', async () => {
    const db = (await open(schema)).handle<ContainerTables>();
    for (const digest of ['d1', 'd2']) await ticketStore.insert(db, digest, ticket());
    await ticketStore.insert(db, 'd3', ticket({ expiresAt: NOW }));
    await ticketStore.use(db, use);
    expect(await ticketStore.countOpen(db, 'c1', NOW)).toBe(1);
    await ticketStore.removeExpired(db, LATER);
    const left = await db.selectFrom('container_ticket').select('digest').orderBy('digest').execute();
    expect(left).toEqual([{ digest: 'd1' }, { digest: 'd2' }]);
  });
});
