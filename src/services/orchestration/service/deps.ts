import type { Clock } from '#kernel/clock.ts';
import type { StoredCtx } from '#kernel/context.ts';
import type { Database } from '#kernel/db/database.ts';
import type { EventLog } from '#kernel/events/event-log.ts';
import type { Principal } from '#kernel/http/auth.ts';
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
  readonly events: Pick<EventLog, 'append' | 'begin' | 'publish' | 'subscribe'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly types: ResourceTypes;
  readonly region: string;
  /** The APIs in the name of whoever asked for a stack, also when they are gone. */
  readonly cloudOf: (actor: StoredCtx, signal: AbortSignal) => Cloud;
}

/** A request that is signed with a user's EC2 keys. */
export interface SignedRequest {
  readonly access: string;
  readonly signature: string;
  /** With its port. */
  readonly host: string;
  readonly verb: string;
  readonly path: string;
  readonly params: Readonly<Record<string, string>>;
}

export interface OrchestrationDeps extends EngineDeps {
  readonly policy: Policy;
  /** Whose signature a request of EC2's kind bears; undefined for nobody's. */
  readonly signer: (request: SignedRequest) => Promise<Principal | undefined>;
  /** This control process, by its name. */
  readonly worker: string;
  readonly tasks: Pick<TaskRunner, 'start' | 'nudge' | 'wake'>;
}
