import { Type, type Static } from 'typebox';
import { Flag, LIST_QUERY, Metadata, Name, Text } from './common.ts';

const Ref = Type.Optional(Type.Union([Type.String({ maxLength: 255 }), Type.Null()]));

export const CreateBackup = Type.Object({
  backup: Type.Object({
    volume_id: Type.String({ minLength: 1, maxLength: 255 }),
    snapshot_id: Ref,
    name: Type.Optional(Name),
    description: Type.Optional(Text),
    container: Ref,
    incremental: Type.Optional(Type.Union([Flag, Type.Null()])),
    force: Type.Optional(Type.Union([Flag, Type.Null()])),
    metadata: Type.Optional(Type.Union([Metadata, Type.Null()])),
    availability_zone: Ref,
  }),
});
export type CreateBackupBody = Static<typeof CreateBackup>['backup'];

export const UpdateBackup = Type.Object({
  backup: Type.Object({
    name: Type.Optional(Name),
    description: Type.Optional(Text),
    metadata: Type.Optional(Metadata),
  }),
});
export type UpdateBackupBody = Static<typeof UpdateBackup>['backup'];

export const RestoreBackup = Type.Object({
  restore: Type.Object({ volume_id: Ref, name: Type.Optional(Name) }),
});

export const ImportRecord = Type.Object({
  'backup-record': Type.Object({
    backup_service: Type.String({ minLength: 1, maxLength: 255 }),
    backup_url: Type.String({ minLength: 1 }),
  }),
});

export const ListBackups = Type.Object({
  ...LIST_QUERY,
  volume_id: Type.Optional(Type.String({ maxLength: 255 })),
});
export type ListBackupsQuery = Static<typeof ListBackups>;

/** What the record of a backup holds, besides its pieces: enough to know it again in another cloud over the same store. */
export const BackupRecord = Type.Object({
  version: Type.Literal(1),
  id: Type.String({ format: 'uuid' }),
  volumeId: Type.String({ format: 'uuid' }),
  parentId: Type.Union([Type.String({ format: 'uuid' }), Type.Null()]),
  name: Name,
  description: Text,
  size: Type.Integer({ minimum: 1 }),
  container: Type.Union([Type.String({ maxLength: 255 }), Type.Null()]),
  objectCount: Type.Integer({ minimum: 0 }),
  metadata: Metadata,
  volumeMetadata: Metadata,
  /** The backup whose pieces it has: itself, unless whoever imports it gives it another id. */
  content: Type.String({ format: 'uuid' }),
  dataTimestamp: Type.String({ maxLength: 40 }),
});
export type BackupRecordFields = Static<typeof BackupRecord>;
