import { isAtLeast } from '#kernel/microversion.ts';
import type { DefaultType } from '../model/default-type.ts';
import type { Encryption } from '../model/encryption.ts';
import type { Message } from '../model/message.ts';
import type { Amounts } from '../model/quota.ts';
import type { Qos } from '../model/qos.ts';
import type { VolumeProcess } from '../model/service-state.ts';
import type { QuotaSet } from '../service/quota-sets.ts';
import type { HostUsage } from '../store/host-usage.ts';
import { DEFAULT_ZONE } from '../model/volume.ts';
import { linksTo, wireTime, type Viewer } from './common.ts';

export const encryptionView = (encryption: Encryption) => ({
  volume_type_id: encryption.id,
  encryption_id: encryption.encryptionId,
  provider: encryption.provider,
  cipher: encryption.cipher,
  key_size: encryption.keySize === 0 ? null : encryption.keySize,
  control_location: encryption.controlLocation,
});

export const encryptionDetail = (encryption: Encryption) => ({
  ...encryptionView(encryption),
  created_at: wireTime(encryption.createdAt),
  updated_at: wireTime(encryption.updatedAt),
  deleted: false,
  deleted_at: null,
});

export const qosView = ({ id, name, consumer, specs }: Qos) => ({ id, name, consumer, specs });

export const defaultTypeView = ({ id, typeId }: DefaultType) => ({ project_id: id, volume_type_id: typeId });

/** Limits with what is used of them. Nothing is ever only reserved: usage is counted from what there is. */
export const usageView = ({ limits, used }: QuotaSet) =>
  Object.fromEntries(
    Object.entries(limits).map(([name, limit]) => [name, { limit, in_use: used[name] ?? 0, reserved: 0 }]),
  );

export const absoluteView = ({ limits, used }: QuotaSet) => {
  const of = (amounts: Amounts, name: string) => amounts[name] ?? 0;
  return {
    maxTotalVolumes: of(limits, 'volumes'),
    maxTotalVolumeGigabytes: of(limits, 'gigabytes'),
    maxTotalSnapshots: of(limits, 'snapshots'),
    maxTotalBackups: of(limits, 'backups'),
    maxTotalBackupGigabytes: of(limits, 'backup_gigabytes'),
    totalVolumesUsed: of(used, 'volumes'),
    totalGigabytesUsed: of(used, 'gigabytes'),
    totalSnapshotsUsed: of(used, 'snapshots'),
    totalBackupsUsed: of(used, 'backups'),
    totalBackupGigabytesUsed: of(used, 'backup_gigabytes'),
  };
};

export function processView(process: VolumeProcess, { ctx: { microversion } }: Pick<Viewer, 'ctx'>) {
  const since = (version: string) => isAtLeast(microversion, version);
  const keepsVolumes = process.binary === 'cinder-volume';
  return {
    binary: process.binary,
    host: process.host,
    zone: DEFAULT_ZONE,
    status: process.disabled ? 'disabled' : 'enabled',
    state: process.up ? 'up' : 'down',
    updated_at: wireTime(process.lastSeen),
    disabled_reason: process.disabledReason,
    ...(keepsVolumes && { replication_status: 'disabled', active_backend_id: null, frozen: process.frozen }),
    ...(since('3.7') && { cluster: null }),
    ...(since('3.49') && keepsVolumes && { backend_state: process.up ? 'up' : 'down' }),
  };
}

export const hostView = (process: VolumeProcess) => ({
  host_name: process.host,
  service: process.binary,
  zone: DEFAULT_ZONE,
  'service-status': process.up ? 'available' : 'unavailable',
  'service-state': process.disabled ? 'disabled' : 'enabled',
  'last-update': wireTime(process.lastSeen),
});

/** Amounts are texts there. */
export const hostUsageView = (host: string, usage: HostUsage) => ({
  resource: {
    host,
    project: usage.project,
    volume_count: String(usage.volumes),
    total_volume_gb: String(usage.volumeSize),
    snapshot_count: String(usage.snapshots),
    total_snapshot_gb: String(usage.snapshotSize),
  },
});

export const messageView = (message: Message, viewer: Viewer) => ({
  id: message.id,
  event_id: message.eventId,
  user_message: message.userMessage,
  message_level: message.messageLevel,
  resource_type: message.resourceType,
  resource_uuid: message.resourceUuid,
  request_id: message.requestId,
  created_at: wireTime(message.createdAt),
  guaranteed_until: wireTime(message.guaranteedUntil),
  links: linksTo(viewer, `messages/${message.id}`),
});
