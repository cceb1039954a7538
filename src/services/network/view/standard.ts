import { wireSeconds } from '#kernel/clock.ts';
import type { Standard } from '../model/standard.ts';

/** What all objects show. */
export const standardView = (object: Standard) => ({
  id: object.id,
  name: object.name,
  description: object.description,
  tenant_id: object.projectId,
  project_id: object.projectId,
  tags: object.tags,
  revision_number: object.revision,
  created_at: wireSeconds(object.createdAt),
  updated_at: wireSeconds(object.updatedAt),
});

export const idsOf = (objects: readonly { readonly id: string }[]): string[] => objects.map(({ id }) => id);

export const ZONE = 'nova';
