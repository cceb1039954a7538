import type { Labelled } from './metadata.ts';
import type { VolumeService } from '../service/volumes.ts';

export const volumeLabels = (volumes: VolumeService): Labelled => ({
  path: 'volumes',
  singular: 'volume',
  rules: {
    get: 'volume:get_volume_metadata',
    create: 'volume:create_volume_metadata',
    update: 'volume:update_volume_metadata',
    delete: 'volume:delete_volume_metadata',
  },
  get: async (ctx, id) => (await volumes.show(ctx, id)).volume.metadata,
  set: async (ctx, { id, rule, to }) =>
    (await volumes.change(ctx, { id, rule }, (volume) => ({ ...volume, metadata: to(volume.metadata) })))
      .metadata,
});
