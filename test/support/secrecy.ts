import { readFile } from 'node:fs/promises';
import { Writable } from 'node:stream';
import { sql } from 'kysely';
import { pino, type Logger } from 'pino';
import type { Database, Db } from '#kernel/db/database.ts';
import { LOG_OPTIONS } from '#kernel/log.ts';

/** Fields of requests and answers that hold what nobody but the caller may know. */
const SECRET_FIELDS: ReadonlySet<string> = new Set([
  'adminPass',
  'auth_key',
  'blob',
  'original_password',
  'pass_phrase',
  'passcode',
  'password',
  'payload',
  'private_key',
  'secret',
]);

/** Shorter ones are found anywhere by chance. */
const SHORTEST = 8;

/**
 * Overhears every secret that passes through the API of a test's cloud, and all that the cloud writes down, in its logs down to
 * the most talkative level and in its database. The two must not meet, whatever the test is about.
 */
export class Secrecy {
  readonly #secrets = new Set<string>();
  readonly #lines: string[] = [];
  readonly log: Logger = pino(
    { ...LOG_OPTIONS, level: 'trace' },
    new Writable({
      write: (chunk, _encoding, done) => {
        this.#lines.push(String(chunk));
        done();
      },
    }),
  );

  /** Takes in a request's or an answer's JSON. */
  overhear(value: unknown): void {
    if (typeof value !== 'object' || value === null) return;
    for (const [field, inner] of Object.entries(value)) {
      if (typeof inner === 'string' && SECRET_FIELDS.has(field)) this.keep(inner);
      else this.overhear(inner);
    }
  }

  keep(secret: string | undefined): void {
    if (secret !== undefined && secret.length >= SHORTEST) this.#secrets.add(secret);
  }

  /** @throws when a secret was logged or lies in the database. Never says which. */
  async assertKept(database: Database): Promise<void> {
    const places: [string, string][] = [
      ...this.#lines.map((line): [string, string] => ['the log', line]),
      ...(await rowsOf(database)),
    ];
    const leaks = places.filter(([, text]) => [...this.#secrets].some((secret) => text.includes(secret)));
    if (leaks.length === 0) return;
    const found = leaks.map(([place, text]) => `${place}: ${this.#censored(text)}`);
    throw new Error(`Secrets that a test sent or received were written down:\n${found.join('\n')}`);
  }

  /** @throws when a file holds a secret, whatever kind of file it is. Never says which secret. */
  async assertNotIn(paths: readonly string[]): Promise<void> {
    const leaks: string[] = [];
    for (const path of paths) {
      const bytes = await readFile(path).catch(() => Buffer.alloc(0)); // a database without a journal, for example
      if ([...this.#secrets].some((secret) => bytes.includes(secret))) leaks.push(path);
    }
    if (leaks.length > 0) throw new Error(`Secrets that a test used lie open in ${leaks.join(', ')}.`);
  }

  #censored(text: string): string {
    return [...this.#secrets].reduce((censored, secret) => censored.replaceAll(secret, '«secret»'), text);
  }
}

/** Every row of every table as text. */
async function rowsOf(database: Database): Promise<[string, string][]> {
  const db = database.handle() as Db<Record<string, Record<string, unknown>>>;
  const rows: [string, string][] = [];
  const own = await ownSchema(database);
  const tables = await db.introspection.getTables();
  for (const { name } of tables.filter(({ schema }) => schema === own))
    for (const row of await db.selectFrom(name).selectAll().execute())
      rows.push([`table ${name}`, Object.values(row).join('\n')]);
  return rows;
}

/** A server may keep others' beside it; SQLite knows none. */
async function ownSchema(database: Database): Promise<string | undefined> {
  if (database.engine.kind === 'sqlite') return undefined;
  const { rows } = await sql<{ name: string }>`select current_schema() as name`.execute(database.handle());
  return rows[0]?.name;
}
