import { sql } from 'kysely';
import { loadPg } from './pg.ts';
import type { Wire } from './signals.ts';

/** Of this schema alone: others may live in the same database. */
const CHANNEL = "'hydria/' || current_schema()";

/** LISTEN and NOTIFY of PostgreSQL, on a connection kept for that. */
export const postgresWire = (url: string): Wire => ({
  async send(db, text) {
    await sql`select pg_notify(${sql.raw(CHANNEL)}, ${text})`.execute(db);
  },
  async open(heard) {
    const pg = await loadPg();
    const client = new pg.Client({ connectionString: url, keepAlive: true });
    client.on('error', () => {}); // 'end' follows
    client.on('notification', ({ payload }) => heard(payload ?? ''));
    const lost = new Promise<void>((resolve) => client.once('end', resolve));
    try {
      await client.connect();
      const { rows } = await client.query<{ name: string }>(`select quote_ident(${CHANNEL}) as name`);
      await client.query(`listen ${rows[0]?.name}`);
    } catch (thrown) {
      client.end().catch(() => {});
      throw thrown;
    }
    return { lost, close: () => client.end() };
  },
});
