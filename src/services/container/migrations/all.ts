import type { Migration } from '#kernel/db/migrate.ts';
import { createContainers } from './0001-containers.ts';
import { addEtag } from './0002-etag.ts';
import { createRegistries } from './0003-registries.ts';
import { createQuotaClasses } from './0004-quota-classes.ts';
import { createNetworks } from './0005-networks.ts';
import { createCapsules } from './0006-capsules.ts';
import { createTickets } from './0007-tickets.ts';
import { createImages } from './0010-images.ts';

/** In the order in which they are applied. */
export const containerMigrations: readonly Migration[] = [
  createContainers,
  addEtag,
  createRegistries,
  createQuotaClasses,
  createNetworks,
  createCapsules,
  createTickets,
  createImages,
];
