import type { BackupStore } from '#drivers/backup/driver.ts';
import type { Clock } from '#kernel/clock.ts';
import type { AuditLog } from '#kernel/audit/audit-log.ts';
import type { Database } from '#kernel/db/database.ts';
import type { EventLog } from '#kernel/events/event-log.ts';
import type { Logger } from '#kernel/log.ts';
import type { Policy } from '#kernel/policy/policy.ts';
import type { TaskRunner } from '#kernel/tasks/runner.ts';
import type { IdentityPort } from '#services/identity/port.ts';
import type { ImagePort } from '#services/image/port.ts';
import type { NodePort } from '#services/placement/port.ts';

/** What tasks and reports work with. */
export interface TaskDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly events: Pick<EventLog, 'append' | 'publish'>;
  readonly audit: Pick<AuditLog, 'write'>;
  readonly nodes: NodePort;
  readonly images: ImagePort;
  readonly backups: BackupStore;
}

/** What use-cases work with. */
export interface VolumeDeps extends TaskDeps {
  readonly policy: Policy;
  readonly limits: IdentityPort['limits'];
  readonly tasks: Pick<TaskRunner, 'start' | 'nudge' | 'wake'>;
}
