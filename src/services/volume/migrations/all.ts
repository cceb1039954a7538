import type { Migration } from '#kernel/db/migrate.ts';
import { createVolumes } from './0001-volumes.ts';
import { createPeriphery } from './0002-periphery.ts';
import { createGroups } from './0003-groups.ts';
import { createReasons } from './0004-reasons.ts';

/** In the order in which they run. */
export const volumeMigrations: readonly Migration[] = [
  createVolumes,
  createPeriphery,
  createGroups,
  createReasons,
];
