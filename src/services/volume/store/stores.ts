import { Store } from '#kernel/db/store.ts';
import type { Attachment } from '../model/attachment.ts';
import type { Backup } from '../model/backup.ts';
import type { Message } from '../model/message.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { Transfer } from '../model/transfer.ts';
import type { Upload } from '../model/upload.ts';
import type { Volume } from '../model/volume.ts';
import type { VolumeType } from '../model/volume-type.ts';

/** One store for each table of objects. */
export const volumeStore = new Store<Volume>({
  table: 'volume_volume',
  told: 'volume.volume',
  flags: ['bootable', 'multiattach', 'desired'],
  json: ['metadata', 'imageMetadata', 'content', 'pending', 'readOnly'],
});

export const snapshotStore = new Store<Snapshot>({
  table: 'volume_snapshot',
  told: 'volume.snapshot',
  flags: ['desired'],
  json: ['metadata'],
});

export const attachmentStore = new Store<Attachment>({
  table: 'volume_attachment',
  told: 'volume.attachment',
  flags: ['desired'],
  json: ['connector'],
});

export const backupStore = new Store<Backup>({
  table: 'volume_backup',
  told: 'volume.backup',
  flags: ['desired'],
  json: ['metadata', 'volumeMetadata'],
});

export const uploadStore = new Store<Upload>({ table: 'volume_upload', flags: ['desired'] });

export const typeStore = new Store<VolumeType>({
  table: 'volume_type',
  told: 'volume.type',
  flags: ['isPublic'],
  json: ['extraSpecs'],
});

export const transferStore = new Store<Transfer>({
  table: 'volume_transfer',
  told: 'volume.transfer',
  flags: ['noSnapshots'],
});

export const messageStore = new Store<Message>({ table: 'volume_message' });
