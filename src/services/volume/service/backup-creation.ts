import type { Ctx } from '#kernel/context.ts';
import { badRequest, CloudError } from '#kernel/errors.ts';
import { newUuid } from '#kernel/ids.ts';
import { isAtLeast } from '#kernel/microversion.ts';
import type { Backup } from '../model/backup.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { assertCan } from '../model/states.ts';
import { DEFAULT_ZONE, volumeNotFound, type Volume } from '../model/volume.ts';
import type { CreateBackupBody } from '../schema/backup.ts';
import { isTrue } from '../schema/common.ts';
import { assertMakesBackups } from '../store/closed.ts';
import { backupStore, snapshotStore, volumeStore } from '../store/stores.ts';
import type { Lookup } from './lookup.ts';
import type { Quotas } from './quotas.ts';
import type { Unit, Units } from './units.ts';

export interface BackupCreationDeps {
  readonly units: Units;
  readonly lookup: Lookup;
  readonly quotas: Quotas;
}

/** Accepts backups: the node of the volume copies what is asked for. */
export class BackupCreation {
  readonly #with: BackupCreationDeps;

  constructor(collaborators: BackupCreationDeps) {
    this.#with = collaborators;
  }

  async create(ctx: Ctx, body: CreateBackupBody): Promise<Backup> {
    const { units, lookup, quotas } = this.#with;
    const { projectId } = await lookup.volume(ctx, body.volume_id, 'volume:get');
    const outer = await quotas.outer(projectId);
    return units.run(async (unit) => {
      const volume = await volumeStore.find(unit.tx, body.volume_id);
      if (!volume || volume.host === null) throw volumeNotFound(body.volume_id);
      await assertMakesBackups(unit.tx, volume.host);
      const snapshot = await holdSource(unit, volume, body);
      const parentId = isTrue(body.incremental ?? undefined) ? await latestOf(unit, volume.id) : null;
      await quotas.reserve(unit.tx, outer, { backups: 1, backup_gigabytes: volume.size });
      const backup: Backup = {
        ...newBackup(ctx, body, unit.now),
        projectId,
        parentId,
        size: volume.size,
        host: volume.host,
        backend: volume.backend,
        volumeMetadata: volume.metadata,
        dataTimestamp: snapshot?.createdAt ?? unit.now,
      };
      await backupStore.insert(unit.tx, [backup]);
      unit.tell('copy', backup);
      return backup;
    });
  }
}

/** What is copied is kept from being changed meanwhile: the snapshot if there is one, else the volume. */
async function holdSource(unit: Unit, volume: Volume, body: CreateBackupBody): Promise<Snapshot | undefined> {
  const snapshotId = body.snapshot_id ?? null;
  if (snapshotId === null) {
    const force = isTrue(body.force ?? undefined);
    if (volume.status === 'in-use' && !force)
      throw badRequest(`Invalid volume: volume ${volume.id} is in use: its backup must be forced.`);
    assertCan(force ? 'force-backup' : 'backup', volume);
    await unit.write(volumeStore, volume, { ...volume, status: 'backing-up' });
    return undefined;
  }
  const snapshot = await snapshotStore.find(unit.tx, snapshotId);
  if (snapshot?.volumeId !== volume.id)
    throw new CloudError('not-found', `Snapshot ${snapshotId} could not be found.`);
  if (snapshot.status !== 'available')
    throw badRequest(`Invalid snapshot: Snapshot to be backed up must be available, not ${snapshot.status}.`);
  return unit.write(snapshotStore, snapshot, { ...snapshot, status: 'backing-up' as const });
}

/** The backup that an increment builds upon: the one of the latest content. */
async function latestOf({ tx }: Unit, volumeId: string): Promise<string> {
  const [latest] = await backupStore.select(tx, (query) =>
    query
      .where('volume_id', '=', volumeId)
      .where('status', '=', 'available')
      .orderBy('data_timestamp', 'desc')
      .limit(1),
  );
  if (!latest) throw badRequest('Invalid backup: No backups available to do an incremental backup.');
  return latest.id;
}

type Fields = Omit<
  Backup,
  'projectId' | 'size' | 'host' | 'backend' | 'parentId' | 'dataTimestamp' | 'volumeMetadata'
>;

const newBackup = (ctx: Ctx, body: CreateBackupBody, now: string): Fields => ({
  id: newUuid(),
  version: 1,
  userId: ctx.user.id,
  volumeId: body.volume_id,
  snapshotId: body.snapshot_id ?? null,
  name: body.name ?? null,
  description: body.description ?? null,
  status: 'creating',
  failReason: null,
  container: body.container ?? 'volumebackups',
  objectCount: 0,
  availabilityZone: DEFAULT_ZONE,
  metadata: (isAtLeast(ctx.microversion, '3.43') ? body.metadata : null) ?? {},
  createdAt: now,
  updatedAt: now,
  desired: true,
  generation: 1,
  restoringTo: null,
  requestId: ctx.requestId,
});
