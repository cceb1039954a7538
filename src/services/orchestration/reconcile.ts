import { isoTime, type Clock } from '#kernel/clock.ts';
import type { Database } from '#kernel/db/database.ts';
import type { Reconciler } from '#kernel/http/service.ts';
import { stackStore } from './store/stacks.ts';
import type { OrchestrationTables } from './tables.ts';

const HOUR = 3600;
const KEPT_MS = 30 * 24 * HOUR * 1000;

/** Stacks that are gone are told of for thirty days. */
export const purgeDeleted = ({ database, clock }: { database: Database; clock: Clock }): Reconciler => ({
  name: 'orchestration.purge-deleted',
  every: HOUR,
  async run(signal) {
    const before = isoTime(new Date(clock.now().getTime() - KEPT_MS));
    const purge = () =>
      database.transaction<OrchestrationTables, number>((tx) => stackStore.purge(tx, before));
    while (!signal.aborted && (await purge()) > 0);
  },
});
