import { isAtLeast } from '#kernel/microversion.ts';
import type { Backup } from '../model/backup.ts';
import type { BackupDetail } from '../service/backups.ts';
import { linksTo, wireTime, type Viewer } from './common.ts';

export const backupBriefView = ({ id, name }: Backup, viewer: Viewer) => ({
  id,
  name,
  links: linksTo(viewer, `backups/${id}`),
});

export function backupView({ backup, hasDependents }: BackupDetail, viewer: Viewer) {
  const since = (version: string) => isAtLeast(viewer.ctx.microversion, version);
  return {
    ...backupBriefView(backup, viewer),
    description: backup.description,
    status: backup.status,
    size: backup.size,
    volume_id: backup.volumeId,
    snapshot_id: backup.snapshotId,
    container: backup.container,
    object_count: backup.objectCount,
    is_incremental: backup.parentId !== null,
    has_dependent_backups: hasDependents,
    fail_reason: backup.failReason,
    data_timestamp: wireTime(backup.dataTimestamp),
    availability_zone: backup.availabilityZone,
    created_at: wireTime(backup.createdAt),
    updated_at: wireTime(backup.updatedAt),
    ...(viewer.seesHosts && since('3.18') && { 'os-backup-project-attr:project_id': backup.projectId }),
    ...(since('3.43') && { metadata: backup.metadata }),
    ...(since('3.56') && { user_id: backup.userId }),
    ...(since('3.64') && { encryption_key_id: null }),
  };
}
