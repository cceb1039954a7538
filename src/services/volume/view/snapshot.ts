import { isAtLeast } from '#kernel/microversion.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { wireTime, type Viewer } from './common.ts';

export function snapshotBriefView(snapshot: Snapshot, { ctx: { microversion } }: Viewer) {
  const since = (version: string) => isAtLeast(microversion, version);
  return {
    id: snapshot.id,
    name: snapshot.name,
    description: snapshot.description,
    status: snapshot.status,
    size: snapshot.size,
    volume_id: snapshot.volumeId,
    metadata: snapshot.metadata,
    created_at: wireTime(snapshot.createdAt),
    updated_at: wireTime(snapshot.updatedAt),
    ...(since('3.14') && { group_snapshot_id: snapshot.groupSnapshotId }),
    ...(since('3.41') && { user_id: snapshot.userId }),
    ...(since('3.65') && { consumes_quota: true }),
  };
}

export const snapshotView = (snapshot: Snapshot, viewer: Viewer) => ({
  ...snapshotBriefView(snapshot, viewer),
  'os-extended-snapshot-attributes:progress':
    snapshot.progress ?? (snapshot.status === 'available' ? '100%' : '0%'),
  'os-extended-snapshot-attributes:project_id': snapshot.projectId,
});
