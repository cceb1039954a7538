import type { Backup } from '../model/backup.ts';
import type { Volume, VolumeStatus } from '../model/volume.ts';
import { backupStore, snapshotStore, volumeStore } from '../store/stores.ts';
import { actorOf, auditOf } from './ends.ts';
import { leaveMessage } from './messages.ts';
import type { Unit } from './units.ts';

export interface CopyEnd {
  readonly pieces: number;
  /** Why it failed; null = it did not. */
  readonly failure: string | null;
}

/** A backup is there, or will not be: what it was made of is free again. */
export async function endBackup(unit: Unit, backup: Backup, { pieces, failure }: CopyEnd): Promise<void> {
  const { id, projectId, requestId } = backup;
  await unit.write(backupStore, backup, {
    ...backup,
    status: failure === null ? 'available' : 'error',
    failReason: failure,
    objectCount: pieces,
    desired: false,
    generation: backup.generation + 1,
  });
  const end = { what: 'create-backup', failed: failure !== null, requestId, user: actorOf(backup) };
  unit.ends.push(auditOf('backup', backup, end));
  unit.tell('copy', backup);
  await freeSource(unit, backup);
  if (failure === null) return;
  const subject = { type: 'VOLUME_BACKUP', id, projectId, requestId } as const;
  await leaveMessage(unit, subject, { action: 'backup', reason: failure });
}

/** The volume, or the snapshot, is again what it was before it was backed up. */
export async function freeSource(unit: Unit, { volumeId, snapshotId }: Backup): Promise<void> {
  const snapshot = snapshotId === null ? undefined : await snapshotStore.find(unit.tx, snapshotId);
  if (snapshot?.status === 'backing-up')
    await unit.write(snapshotStore, snapshot, { ...snapshot, status: 'available' });
  const volume = await volumeStore.find(unit.tx, volumeId);
  if (snapshotId === null && volume?.status === 'backing-up')
    await unit.write(volumeStore, volume, { ...volume, status: await settledStatus(unit, volume) });
}

/** What a volume is that nothing is being done with. */
export async function settledStatus({ tx }: Unit, { id }: Volume): Promise<VolumeStatus> {
  const { attached } = await tx
    .selectFrom('volume_attachment')
    .select((eb) => eb.fn.countAll<number>().as('attached'))
    .where('volume_id', '=', id)
    .where('status', '=', 'attached')
    .executeTakeFirstOrThrow();
  return attached > 0 ? 'in-use' : 'available';
}

/** Whatever became of the volume, the backup is free. */
export async function endRestore(unit: Unit, { id }: Volume): Promise<void> {
  const backups = await backupStore.list(unit.tx, (eb) =>
    eb.and([eb('restoring_to', '=', id), eb('status', '=', 'restoring')]),
  );
  for (const backup of backups)
    await unit.write(backupStore, backup, { ...backup, status: 'available', restoringTo: null });
}
