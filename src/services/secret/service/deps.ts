import type { Clock } from '#kernel/clock.ts';
import type { Database } from '#kernel/db/database.ts';
import type { Policy } from '#kernel/policy/policy.ts';
import type { TaskRunner } from '#kernel/tasks/runner.ts';
import type { Vault } from '#kernel/vault/vault.ts';
import type { AuthorityPort } from '../port.ts';

/** What the use-cases on secrets need. */
export interface SecretDeps {
  readonly database: Database;
  readonly policy: Policy;
  readonly vault: Vault;
  readonly clock: Clock;
}

/** What orders need besides, while they are carried out. */
export interface TaskDeps extends SecretDeps {
  readonly authorities: AuthorityPort;
}

export interface SecretServiceDeps extends TaskDeps {
  readonly tasks: Pick<TaskRunner, 'start' | 'nudge'>;
}
