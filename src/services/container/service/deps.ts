import type { Clock } from '#kernel/clock.ts';
import type { Database } from '#kernel/db/database.ts';
import type { EventLog } from '#kernel/events/event-log.ts';
import type { Logger } from '#kernel/log.ts';
import type { Policy } from '#kernel/policy/policy.ts';
import type { TaskRunner } from '#kernel/tasks/runner.ts';
import type { ImageReader } from '#services/image/port.ts';
import type { NetworkPort } from '#services/network/port.ts';
import type { NodePort, PlacementPort } from '#services/placement/port.ts';

/** What the container service's tasks work with. */
export interface TaskDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly events: Pick<EventLog, 'append' | 'publish'>;
  readonly images: ImageReader;
  readonly networks: NetworkPort;
  readonly placement: PlacementPort;
  readonly nodes: NodePort;
  /** The runtime of containers that name none. */
  readonly defaultRuntime: string;
}

/** What its use-cases work with. */
export interface ContainerDeps extends TaskDeps {
  readonly policy: Policy;
  readonly tasks: Pick<TaskRunner, 'start' | 'nudge' | 'wake'>;
}
