import type { Labelled } from './metadata.ts';
import type { SnapshotService } from '../service/snapshots.ts';
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

export const snapshotLabels = (snapshots: SnapshotService): Labelled => ({
  path: 'snapshots',
  singular: 'snapshot',
  rules: {
    get: 'volume:get_snapshot_metadata',
    create: 'volume:update_snapshot_metadata',
    update: 'volume:update_snapshot_metadata',
    delete: 'volume:delete_snapshot_metadata',
  },
  get: async (ctx, id, rule) => (await snapshots.get(ctx, id, rule)).metadata,
  set: async (ctx, { id, rule, to }) =>
    (await snapshots.change(ctx, { id, rule }, (before) => ({ ...before, metadata: to(before.metadata) })))
      .metadata,
});
