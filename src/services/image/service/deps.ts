import type { Clock } from '#kernel/clock.ts';
import type { Database } from '#kernel/db/database.ts';
import type { Logger } from '#kernel/log.ts';
import type { Policy } from '#kernel/policy/policy.ts';
import type { ImageStore } from '#drivers/image/driver.ts';
import type { DownloadRules } from './download.ts';
import type { Staging } from './staging.ts';

export interface ImageDeps {
  readonly database: Database;
  readonly policy: Policy;
  readonly clock: Clock;
  readonly log: Logger;
  readonly staging: Staging;
  /** This control process among those on the database: the same after a restart. */
  readonly worker: string;
  /** The first takes what names no store. */
  readonly stores: readonly [ConfiguredStore, ...ConfiguredStore[]];
  /** Bytes that one image may have. */
  readonly maxBytes: number;
  /** Refuses an archive that is no good container image, with a `bad-request` that says why. */
  readonly inspectContainerArchive: (path: string, signal: AbortSignal) => Promise<void>;
  /** The limits of a project; what is absent is unlimited. Sizes in MiB. */
  readonly limits: (projectId: string) => Promise<Readonly<Record<string, number>>>;
  /** What imported disks are turned into. */
  readonly conversion: 'none' | 'raw' | 'qcow2';
  readonly download: DownloadRules;
}

export interface ConfiguredStore {
  /** What users call it. */
  readonly id: string;
  readonly description: string;
  readonly store: ImageStore;
}
