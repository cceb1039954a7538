import { isoTime, type Clock } from '#kernel/clock.ts';
import type { Database } from '#kernel/db/database.ts';
import type { Reconciler } from '#kernel/http/service.ts';
import { secretStore } from './store/secrets.ts';
import type { SecretTables } from './tables.ts';

const AT_ONCE = 500;

/** What has expired is not found any more, and within the hour not kept any more. */
export const sweepExpired = ({ database, clock }: { database: Database; clock: Clock }): Reconciler => ({
  name: 'secret.sweep-expired',
  every: 3_600,
  async run(signal) {
    for (;;) {
      const now = isoTime(clock.now());
      const ids = await secretStore.expired(database.handle<SecretTables>(), now, AT_ONCE);
      if (ids.length === 0 || signal.aborted) return;
      await database.transaction<SecretTables, void>((tx) => secretStore.delete(tx, ids));
    }
  },
});
