import type { Db, Tx } from '#kernel/db/database.ts';
import type { Row } from '#kernel/db/store.ts';
import type { Attachment } from './model/attachment.ts';
import type { Backup } from './model/backup.ts';
import type { DefaultType } from './model/default-type.ts';
import type { Encryption } from './model/encryption.ts';
import type { Message } from './model/message.ts';
import type { Group, GroupSnapshot, GroupType } from './model/group.ts';
import type { Qos } from './model/qos.ts';
import type { ServiceState } from './model/service-state.ts';
import type { Snapshot } from './model/snapshot.ts';
import type { Transfer } from './model/transfer.ts';
import type { Upload } from './model/upload.ts';
import type { Volume } from './model/volume.ts';
import type { VolumeType } from './model/volume-type.ts';

export interface VolumeTables {
  volume_volume: Row<Volume>;
  volume_snapshot: Row<Snapshot>;
  volume_attachment: Row<Attachment>;
  volume_backup: Row<Backup>;
  volume_upload: Row<Upload>;
  volume_type: Row<VolumeType>;
  volume_transfer: Row<Transfer>;
  volume_message: Row<Message>;
  volume_reason: {
    id: string;
    host: string;
    kind: string;
    reason: string;
    generation: number;
    failed: number;
  };
  volume_quota: { project_id: string; resource: string; hard_limit: number };
  volume_quota_class: { class: string; resource: string; hard_limit: number };
  volume_type_access: { type_id: string; project_id: string };
  volume_encryption: Row<Encryption>;
  volume_qos: Row<Qos>;
  volume_service: Row<ServiceState>;
  volume_default_type: Row<DefaultType>;
  volume_group_type: Row<GroupType>;
  volume_group: Row<Group>;
  volume_group_snapshot: Row<GroupSnapshot>;
}

export type VolumeDb = Db<VolumeTables>;
export type VolumeTx = Tx<VolumeTables>;
