import type { RegistryOptions } from '#oci/registry/settings.ts';
import type { Clock } from '#kernel/clock.ts';
import type { Database } from '#kernel/db/database.ts';
import type { EventLog } from '#kernel/events/event-log.ts';
import type { Logger } from '#kernel/log.ts';
import type { Policy } from '#kernel/policy/policy.ts';
import type { TaskRunner } from '#kernel/tasks/runner.ts';
import type { Vault } from '#kernel/vault/vault.ts';
import type { IdentityPort } from '#services/identity/port.ts';
import type { ImagePort } from '#services/image/port.ts';
import type { NetworkPort } from '#services/network/port.ts';
import type { NodePort, PlacementPort } from '#services/placement/port.ts';

import type { SecretPort } from '#services/secret/port.ts';
import type { VolumePort } from '#services/volume/port.ts';

/** What the container service's tasks work with. */
export interface TaskDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly events: Pick<EventLog, 'append' | 'publish'>;
  readonly images: ImagePort;
  readonly networks: NetworkPort;
  readonly placement: PlacementPort;
  /** Asked for when it is needed: volumes and secrets have tasks too, and come to be after those. */
  readonly volumes: () => VolumePort;
  readonly secrets: () => SecretPort;
  readonly nodes: NodePort;
  /** The runtime of containers that name none. */
  readonly defaultRuntime: string;
  readonly vault: Vault;
  readonly containerImages: ContainerImages;
  readonly fileLimits?: FileLimits;
}

/** How much may go in and out of containers at once, in bytes. */
export interface FileLimits {
  /** Of one archive of files. */
  readonly archive: number;
  /** Of the files of a container that becomes an image. */
  readonly image: number;
}

export const DEFAULT_FILE_LIMITS: FileLimits = { archive: 64 * 2 ** 20, image: 10 * 2 ** 30 };

/** What the operator says of images and registries. */
export interface ContainerImages {
  /** Of containers that name none. */
  readonly driver: 'glance' | 'docker';
  /** Registry of image names without one. */
  readonly defaultRegistry: string | null;
  /** Those that are not reached by their name alone; all of them are searched. */
  readonly registries: readonly RegistryOptions[];
  /** The cloud's own logins, for whoever has none. */
  readonly logins: readonly RegistryLogin[];
}

export interface ConsoleSettings {
  /** How long the URL of a console is good for. */
  readonly ticketSeconds: number;
  /** Hosts of web pages, beside the cloud's own, that may open consoles. */
  readonly origins: readonly string[];
}

export interface RegistryLogin {
  readonly domain: string;
  readonly username: string;
  readonly password: string;
}

/** What its use-cases work with. */
export interface ContainerDeps extends TaskDeps {
  readonly consoles: ConsoleSettings;
  readonly policy: Policy;
  readonly identity: Pick<IdentityPort, 'limits'>;
  readonly tasks: Pick<TaskRunner, 'start' | 'nudge' | 'wake'>;
}
