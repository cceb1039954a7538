import type { Clock } from '#kernel/clock.ts';
import type { Database, Db } from '#kernel/db/database.ts';
import type { CloudError } from '#kernel/errors.ts';
import type { Logger } from '#kernel/log.ts';
import type { Policy } from '#kernel/policy/policy.ts';
import type { Vault } from '#kernel/vault/vault.ts';
import type { IdentityTables } from '../tables.ts';

export interface IdentityDeps {
  readonly database: Database;
  readonly policy: Policy;
  readonly vault: Vault;
  readonly clock: Clock;
  readonly log: Logger;
  /** After the commit: what is remembered of identity, here and in other processes, may be out of date. */
  readonly identityChanged: () => void;
}

export const handleOf = (deps: Pick<IdentityDeps, 'database'>): Db<IdentityTables> => deps.database.handle();

export const inTransaction = <T>(
  deps: Pick<IdentityDeps, 'database'>,
  work: (tx: Db<IdentityTables>) => Promise<T>,
): Promise<T> => deps.database.transaction<IdentityTables, T>(work);

/** One write, and what is told of it; a name that is taken is told in Keystone's words. */
export async function storing<T>(
  deps: Pick<IdentityDeps, 'database'>,
  taken: () => CloudError,
  write: (tx: Db<IdentityTables>) => Promise<T>,
): Promise<T> {
  try {
    return await inTransaction(deps, write);
  } catch (thrown) {
    throw deps.database.engine.isUniqueViolation(thrown) ? taken() : thrown;
  }
}
