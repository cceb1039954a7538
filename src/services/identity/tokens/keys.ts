import { createHash, createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import { isoTime, type Clock } from '#kernel/clock.ts';
import type { Database, Db } from '#kernel/db/database.ts';
import { conflict, notFound } from '#kernel/errors.ts';
import type { Vault } from '#kernel/vault/vault.ts';
import { tokenKeyStore, type SealedTokenKey } from '../store/token-keys.ts';
import type { IdentityTables } from '../tables.ts';
import type { Keyring } from './codec.ts';

/** A key as it may be shown. */
export interface TokenKey {
  readonly id: string;
  /** ISO-8601: from then on it signs, until a younger one does. */
  readonly signsFrom: string;
}

export interface TokenKeysDeps {
  readonly database: Database;
  readonly vault: Vault;
  readonly clock: Clock;
  /** Milliseconds for which a token is of any use: a key is kept that long after it signed last. */
  readonly usefulFor: number;
  /** Milliseconds for which a key signs before the next one is made; Infinity = until somebody asks. */
  readonly signsFor: number;
}

interface Held extends TokenKey {
  readonly key: KeyObject;
}

/** More than the sweep of every process takes, so that all know a key before the first token signed with it. */
const STAGED_MS = 30_000;

/**
 * The keys of tokens: in the database, sealed by the vault, the same for all control processes. The youngest whose time has
 * come signs; all verify, so that a rotation logs nobody out.
 */
export class TokenKeys implements Keyring {
  readonly #deps: TokenKeysDeps;
  /** Youngest first. */
  #held: readonly Held[] = [];

  constructor(deps: TokenKeysDeps) {
    this.#deps = deps;
  }

  signing(): KeyObject {
    const now = isoTime(this.#deps.clock.now());
    const key = this.#held.find((one) => one.signsFrom <= now) ?? this.#held.at(-1);
    if (!key) throw new Error('There is no key to sign tokens with.');
    return key.key;
  }

  *verifying(): Iterable<KeyObject> {
    for (const { key } of this.#held) yield key;
  }

  /** At start: a new cloud begins with the given keys, of which the first signs. An older one has its own. */
  async begin(first: readonly Buffer[]): Promise<void> {
    await this.load();
    if (this.#held.length > 0) return;
    const now = this.#deps.clock.now().getTime();
    for (const [index, key] of first.entries()) await this.#keep(key, new Date(now - index));
    await this.load();
  }

  /** Reads what is there now; what was opened before is not opened again. */
  async load(): Promise<void> {
    const known = new Map(this.#held.map((one) => [one.id, one]));
    const rows = await tokenKeyStore.list(this.#db);
    this.#held = await Promise.all(rows.map(async (row) => known.get(row.id) ?? this.#open(row)));
  }

  list(): readonly TokenKey[] {
    return this.#held.map(({ id, signsFrom }) => ({ id, signsFrom }));
  }

  /** Makes a key that verifies at once and signs as soon as every process knows it. */
  async rotate(): Promise<TokenKey> {
    const signsFrom = new Date(this.#deps.clock.now().getTime() + STAGED_MS);
    const id = await this.#keep(randomBytes(32), signsFrom);
    await this.load();
    return { id, signsFrom: isoTime(signsFrom) };
  }

  /** Ends every token that the key signed. @throws CloudError `conflict` when it signs now. */
  async drop(id: string): Promise<void> {
    const key = this.#held.find((one) => one.id === id);
    if (!key) throw notFound(`Could not find token key: ${id}.`);
    if (key.key === this.signing())
      throw conflict(`The token key ${id} signs tokens now: make a new one, and wait until it signs.`);
    await tokenKeyStore.delete(this.#db, [id]);
    await this.load();
  }

  /** Drops keys that signed no token that is still of use, and makes one when the last is old. @returns whether it did either. */
  async tend(): Promise<boolean> {
    const now = this.#deps.clock.now().getTime();
    const ended = isoTime(new Date(now - this.#deps.usefulFor));
    // A key ended when the one that is younger by one began to sign.
    const useless = this.#held.filter((_, index) => (this.#held[index - 1]?.signsFrom ?? '~') < ended);
    await tokenKeyStore.delete(
      this.#db,
      useless.map((key) => key.id),
    );
    const old = now - Date.parse(this.#held[0]?.signsFrom ?? '') >= this.#deps.signsFor;
    if (old) await this.rotate();
    else if (useless.length > 0) await this.load();
    return old || useless.length > 0;
  }

  async #keep(key: Buffer, signsFrom: Date): Promise<string> {
    const id = createHash('sha256').update(key).digest('hex').slice(0, 16);
    const sealed = await this.#deps.vault.seal('identity', key, contextOf(id));
    await tokenKeyStore.insert(this.#db, { id, sealed, signsFrom: isoTime(signsFrom) });
    return id;
  }

  async #open({ id, sealed, signsFrom }: SealedTokenKey): Promise<Held> {
    const key = createSecretKey(await this.#deps.vault.open('identity', sealed, contextOf(id)));
    return { id, signsFrom, key };
  }

  get #db(): Db<IdentityTables> {
    return this.#deps.database.handle();
  }
}

const contextOf = (id: string): string => `token-key/${id}`;
