import type { Clock } from '#kernel/clock.ts';
import type { StoredCtx } from '#kernel/context.ts';
import type { Database } from '#kernel/db/database.ts';
import type { EventLog } from '#kernel/events/event-log.ts';
import type { Logger } from '#kernel/log.ts';
import type { Policy } from '#kernel/policy/policy.ts';
import type { TaskRunner } from '#kernel/tasks/runner.ts';
import type { Vault } from '#kernel/vault/vault.ts';
import type { ResourceTypes } from '../resources/registry.ts';
import type { Cloud } from '../resources/resource-type.ts';

/** What carrying out stacks needs. */
export interface EngineDeps {
  readonly database: Database;
  readonly vault: Vault;
  readonly events: Pick<EventLog, 'append' | 'publish' | 'subscribe'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly types: ResourceTypes;
  readonly region: string;
  /** The APIs in the name of whoever asked for a stack, also when they are gone. */
  readonly cloudOf: (actor: StoredCtx, signal: AbortSignal) => Cloud;
}

export interface OrchestrationDeps extends EngineDeps {
  readonly policy: Policy;
  /** This control process, by its name. */
  readonly worker: string;
  readonly tasks: Pick<TaskRunner, 'start' | 'nudge' | 'wake'>;
}
