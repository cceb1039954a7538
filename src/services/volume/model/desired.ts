import type { DesiredKind, DesiredObject } from '#node/protocol.ts';
import type { Attachment } from './attachment.ts';
import type { Backup } from './backup.ts';
import type { Snapshot } from './snapshot.ts';
import type { Upload } from './upload.ts';
import { specOf, type Volume } from './volume.ts';

type Desired<K extends DesiredKind> = Extract<DesiredObject, { kind: K }>;

export const volumeObject = (volume: Volume): Desired<'volume'> => ({
  kind: 'volume',
  id: volume.id,
  generation: volume.generation,
  spec: specOf(volume),
});

export const snapshotObject = ({ id, generation, backend, volumeId }: Snapshot): Desired<'snapshot'> => ({
  kind: 'snapshot',
  id,
  generation,
  spec: { backend, volumeId },
});

export const attachmentObject = ({
  id,
  generation,
  backend,
  volumeId,
  mode,
}: Attachment): Desired<'attachment'> => ({
  kind: 'attachment',
  id,
  generation,
  spec: { backend, volumeId, mode },
});

export const backupObject = (backup: Backup): Desired<'copy'> => ({
  kind: 'copy',
  id: backup.id,
  generation: backup.generation,
  spec: {
    backend: backup.backend,
    from: backup.snapshotId === null ? { volume: backup.volumeId } : { snapshot: backup.snapshotId },
    to: { kind: 'backup', id: backup.id, volumeId: backup.volumeId, parent: backup.parentId },
  },
});

export const uploadObject = ({ id, generation, backend, volumeId, format }: Upload): Desired<'copy'> => ({
  kind: 'copy',
  id,
  generation,
  spec: { backend, from: { volume: volumeId }, to: { kind: 'image', id, format } },
});
