import { isoTime, type Clock } from './clock.ts';
import type { EventLog } from './events/event-log.ts';
import type { Reconciler } from './http/service.ts';
import type { TaskRunner } from './tasks/runner.ts';

const HOUR = 3600;
const WEEK_MS = 7 * 24 * HOUR * 1000;

/** Ended tasks and delivered events are kept for a week, for people who ask what happened, and not for ever. */
export const housekeeping = (deps: {
  readonly tasks: Pick<TaskRunner, 'prune'>;
  readonly events: Pick<EventLog, 'prune'>;
  readonly clock: Clock;
}): Reconciler => ({
  name: 'kernel.housekeeping',
  every: HOUR,
  async run() {
    const before = isoTime(new Date(deps.clock.now().getTime() - WEEK_MS));
    await deps.tasks.prune(before);
    await deps.events.prune(before);
  },
});
