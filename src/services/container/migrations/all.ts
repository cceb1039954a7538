import type { Migration } from '#kernel/db/migrate.ts';
import { createContainers } from './0001-containers.ts';
import { addEtag } from './0002-etag.ts';
import { createRegistries } from './0003-registries.ts';
import { createCapsules } from './0004-capsules.ts';

/** In their order. */
export const containerMigrations: readonly Migration[] = [
  createContainers,
  addEtag,
  createRegistries,
  createCapsules,
];
