import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { NO_FACTS, type Facts, type LocalKind } from './objects.ts';
import type { DesiredObject } from './protocol.ts';

/** An entry as it is stored. */
export interface StoredEntry {
  readonly kind: LocalKind;
  readonly id: string;
  readonly desired: DesiredObject | null;
  readonly wanted: boolean;
  readonly facts: Facts;
}

interface Row {
  kind: LocalKind;
  id: string;
  desired: string | null;
  wanted: number;
  facts: string | null;
}

const SCHEMA = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  CREATE TABLE IF NOT EXISTS entry (
    kind TEXT NOT NULL, id TEXT NOT NULL, desired TEXT, wanted INTEGER NOT NULL, facts TEXT, PRIMARY KEY (kind, id)
  );
  CREATE TABLE IF NOT EXISTS note (name TEXT PRIMARY KEY, value TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS image_use (image TEXT PRIMARY KEY, at TEXT NOT NULL)`;

/**
 * The node's memory: every call is with the operating system when it returns, whole or not at all, so that no kill of the
 * node loses it. What a power cut takes, control sends again and the machine shows; waiting for the disk at each write
 * would cost a container's start 20 ms. Facts on volumes alone wait for it. Plain SQL without a query builder, and synchronous, so that a message is stored
 * before the next one is looked at.
 */
export class DesiredStore {
  readonly #db: DatabaseSync;
  readonly #save: StatementSync;
  readonly #saveFacts: StatementSync;
  readonly #remove: StatementSync;

  /** @param path a file that is made where it is missing, or `:memory:`. */
  constructor(path: string) {
    this.#db = new DatabaseSync(path);
    this.#db.exec(SCHEMA);
    this.#save = this.#db.prepare(
      `INSERT INTO entry (kind, id, desired, wanted) VALUES (?, ?, ?, ?)
       ON CONFLICT (kind, id) DO UPDATE SET desired = excluded.desired, wanted = excluded.wanted`,
    );
    this.#saveFacts = this.#db.prepare(
      `INSERT INTO entry (kind, id, wanted, facts) VALUES (?, ?, 1, ?)
       ON CONFLICT (kind, id) DO UPDATE SET facts = excluded.facts`,
    );
    this.#remove = this.#db.prepare('DELETE FROM entry WHERE kind = ? AND id = ?');
  }

  load(): StoredEntry[] {
    const rows = this.#db.prepare('SELECT * FROM entry').all() as unknown as Row[];
    return rows.map(fromRow);
  }

  /** All of them or none. */
  save(entries: readonly Omit<StoredEntry, 'facts'>[]): void {
    this.#atomically(() => {
      for (const { kind, id, desired, wanted } of entries)
        this.#save.run(kind, id, desired && JSON.stringify(desired), wanted ? 1 : 0);
    });
  }

  saveFacts(kind: LocalKind, id: string, facts: Facts): void {
    const save = () => this.#saveFacts.run(kind, id, JSON.stringify(facts));
    if (kind === 'volume') this.#durably(save);
    else save();
  }

  remove(kind: LocalKind, id: string): void {
    this.#remove.run(kind, id);
  }

  /** A word of the node's own, such as the boot that it last ran in. */
  readNote(name: string): string | undefined {
    const row = this.#db.prepare('SELECT value FROM note WHERE name = ?').get(name);
    return row?.['value'] as string | undefined;
  }

  writeNote(name: string, value: string): void {
    this.#db
      .prepare(
        'INSERT INTO note (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
      )
      .run(name, value);
  }

  /** When each image was last of use (ISO-8601), by its key. */
  imageUses(): ReadonlyMap<string, string> {
    const rows = this.#db.prepare('SELECT image, at FROM image_use').all();
    return new Map(rows.map(({ image, at }) => [image as string, at as string]));
  }

  useImages(keys: readonly string[], at: string): void {
    const use = this.#db.prepare(
      'INSERT INTO image_use (image, at) VALUES (?, ?) ON CONFLICT (image) DO UPDATE SET at = excluded.at',
    );
    this.#atomically(() => keys.forEach((key) => use.run(key, at)));
  }

  forgetImage(key: string): void {
    this.#db.prepare('DELETE FROM image_use WHERE image = ?').run(key);
  }

  close(): void {
    this.#db.close();
  }

  /** Also through a power cut: a volume whose content were forgotten would be filled once more, over what was written since. */
  #durably(write: () => void): void {
    this.#db.exec('PRAGMA synchronous = FULL');
    write();
    this.#db.exec('PRAGMA synchronous = NORMAL');
  }

  #atomically(write: () => void): void {
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      write();
      this.#db.exec('COMMIT');
    } catch (thrown) {
      this.#db.exec('ROLLBACK');
      throw thrown;
    }
  }
}

const fromRow = (row: Row): StoredEntry => ({
  kind: row.kind,
  id: row.id,
  desired: row.desired === null ? null : (JSON.parse(row.desired) as DesiredObject),
  wanted: row.wanted === 1,
  facts: row.facts === null ? NO_FACTS : { ...NO_FACTS, ...(JSON.parse(row.facts) as Partial<Facts>) },
});
