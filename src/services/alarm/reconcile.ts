import { isoTime } from '#kernel/clock.ts';
import type { Reconciler } from '#kernel/http/service.ts';
import type { AlarmDeps } from './service/deps.ts';
import { evaluateAlarms } from './service/evaluator.ts';
import { raiseEventAlarms } from './service/event-alarms.ts';
import { sendNotices } from './service/notifier.ts';
import { historyStore } from './store/history.ts';
import type { AlarmTables } from './tables.ts';

const TICK = 10;
const HOUR = 3600;
const KEPT_MS = 30 * 24 * HOUR * 1000;

/** Looks at what alarms wait for, then does what they ask for; and forgets what happened a month ago. */
export const watchAlarms = (deps: AlarmDeps): Reconciler[] => [
  {
    name: 'alarm.watch',
    every: TICK,
    async run(signal) {
      await raiseEventAlarms(deps, signal);
      await evaluateAlarms(deps, signal);
    },
  },
  { name: 'alarm.notify', every: TICK, run: (signal) => sendNotices(deps, signal) },
  {
    name: 'alarm.forget',
    every: HOUR,
    async run() {
      const before = isoTime(new Date(deps.clock.now().getTime() - KEPT_MS));
      await deps.database.transaction<AlarmTables, void>((tx) => historyStore.prune(tx, before));
    },
  },
];
