import { createHash, randomBytes } from 'node:crypto';
import type { Database, Db } from '../db/database.ts';
import { CloudError } from '../errors.ts';
import { decrypt, encrypt } from './sealing.ts';
import type { VaultKeyRow, VaultTables } from './tables.ts';

/** Encryption at rest, for everything secret that must be read again. */
export interface Vault {
  /**
   * @param scope whose key: a project's id, or a service's name; made at its first use
   * @param context what it is a secret of, such as `secret/<id>`: opens it nowhere else
   */
  seal(scope: string, plain: Uint8Array | string, context: string): Promise<string>;
  /** @throws CloudError `internal` when it was sealed for another scope or context, was changed, or its master key is gone. */
  open(scope: string, sealed: string, context: string): Promise<Buffer>;
}

export interface VaultDeps {
  readonly database: Database;
  /** 32 bytes each; the first wraps, all unwrap. */
  readonly masterKeys: readonly Uint8Array[];
}

interface MasterKey {
  readonly id: string;
  readonly key: Uint8Array;
}

/**
 * Envelope encryption: a random key for each scope encrypts what is sealed, and is kept wrapped by a master key, which is
 * in no database. To rotate, put a new master key first, `rewrap`, and then drop the old one: nothing sealed is touched.
 */
export class EnvelopeVault implements Vault {
  readonly #database: Database;
  readonly #masters: readonly MasterKey[];
  readonly #keys = new Map<string, Promise<Buffer>>();

  constructor({ database, masterKeys }: VaultDeps) {
    if (masterKeys.length === 0 || masterKeys.some((key) => key.length !== 32))
      throw new CloudError('bad-request', 'The vault needs master keys of 32 bytes each.');
    this.#database = database;
    this.#masters = masterKeys.map((key) => ({ id: masterId(key), key }));
  }

  async seal(scope: string, plain: Uint8Array | string, context: string): Promise<string> {
    const key = await this.#keyOf(scope);
    return encrypt(key, Buffer.from(plain as Uint8Array), context).toString('base64url');
  }

  async open(scope: string, sealed: string, context: string): Promise<Buffer> {
    return decrypt(await this.#keyOf(scope), Buffer.from(sealed, 'base64url'), context);
  }

  /** Wraps every key by the first master key. @returns how many were wrapped by another. */
  async rewrap(): Promise<number> {
    const [master] = this.#masters as [MasterKey];
    const rows = await this.#db
      .selectFrom('vault_key')
      .selectAll()
      .where('master', '<>', master.id)
      .execute();
    for (const row of rows) {
      const wrapped = this.#wrap(row.scope, this.#unwrap(row));
      await this.#db.updateTable('vault_key').set(wrapped).where('scope', '=', row.scope).execute();
    }
    return rows.length;
  }

  /** One key for a scope, also when several ask at once. */
  #keyOf(scope: string): Promise<Buffer> {
    const known = this.#keys.get(scope);
    if (known) return known;
    const key = this.#findOrMake(scope);
    this.#keys.set(scope, key);
    key.catch(() => this.#keys.delete(scope));
    return key;
  }

  /** Of two control processes that make one at the same time, the first to write wins. */
  async #findOrMake(scope: string): Promise<Buffer> {
    const row = await this.#find(scope);
    if (row) return this.#unwrap(row);
    await this.#db
      .insertInto('vault_key')
      .values({ scope, ...this.#wrap(scope, randomBytes(32)) })
      .onConflict((conflict) => conflict.column('scope').doNothing())
      .execute();
    const made = await this.#find(scope);
    if (!made) throw new CloudError('internal', 'A new key could not be stored.', { detail: scope });
    return this.#unwrap(made);
  }

  #find(scope: string): Promise<VaultKeyRow | undefined> {
    return this.#db.selectFrom('vault_key').selectAll().where('scope', '=', scope).executeTakeFirst();
  }

  #wrap(scope: string, key: Uint8Array): Pick<VaultKeyRow, 'master' | 'wrapped'> {
    const [master] = this.#masters as [MasterKey];
    return { master: master.id, wrapped: encrypt(master.key, key, `key/${scope}`).toString('base64url') };
  }

  #unwrap({ scope, master: id, wrapped }: VaultKeyRow): Buffer {
    const master = this.#masters.find((candidate) => candidate.id === id);
    if (!master)
      throw new CloudError('internal', 'The master key of a stored secret is not in secrets.yaml.', {
        detail: id,
      });
    return decrypt(master.key, Buffer.from(wrapped, 'base64url'), `key/${scope}`);
  }

  get #db(): Db<VaultTables> {
    return this.#database.handle<VaultTables>();
  }
}

const masterId = (key: Uint8Array): string => createHash('sha256').update(key).digest('hex').slice(0, 16);
