import type { Ctx } from '#kernel/context.ts';
import { projectOf } from '#kernel/context.ts';
import { badRequest } from '#kernel/errors.ts';
import { compileValidator } from '#kernel/http/validate.ts';
import type { Backup } from '../model/backup.ts';
import { DEFAULT_ZONE } from '../model/volume.ts';
import { BackupRecord, type BackupRecordFields } from '../schema/backup.ts';
import { backupStore } from '../store/stores.ts';
import type { VolumeDeps } from './deps.ts';
import type { Lookup } from './lookup.ts';
import type { Units } from './units.ts';

/** In the form that clients of Cinder know. */
const SERVICE = 'cinder.backup.drivers.hydria';

const check = compileValidator(BackupRecord, { subject: 'backup_url' });

export interface ExportedRecord {
  readonly backup_service: string;
  readonly backup_url: string;
}

/** What is needed to know a backup again after its record, not its pieces, was lost. */
export class BackupRecords {
  readonly #deps: Pick<VolumeDeps, 'backups'>;
  readonly #units: Units;
  readonly #lookup: Lookup;

  constructor(deps: Pick<VolumeDeps, 'backups'>, units: Units, lookup: Lookup) {
    this.#deps = deps;
    this.#units = units;
    this.#lookup = lookup;
  }

  async export(ctx: Ctx, id: string): Promise<ExportedRecord> {
    const backup = await this.#lookup.backup(ctx, id, 'backup:backup-export');
    if (backup.status !== 'available')
      throw badRequest(`Invalid backup: Backup ${id} is ${backup.status}; it must be available.`);
    const record = JSON.stringify(recordOf(backup));
    return { backup_service: SERVICE, backup_url: Buffer.from(record).toString('base64') };
  }

  async import(ctx: Ctx, { backup_service, backup_url }: ExportedRecord): Promise<Backup> {
    if (backup_service !== SERVICE)
      throw badRequest(`Invalid backup: records of ${backup_service} cannot be read, only of ${SERVICE}.`);
    const record = parse(backup_url);
    const manifest = await this.#deps.backups.getManifest(record.content);
    if (manifest.volumeId !== record.volumeId)
      throw badRequest(`Invalid backup: backup ${record.id} is of another volume than the record says.`);
    const imported = await this.#units.run(async ({ tx, now }) => {
      if (await backupStore.find(tx, record.id))
        throw badRequest(`Invalid backup: Backup ${record.id} already exists.`);
      const backup = { ...backupOf(record), projectId: projectOf(ctx), userId: ctx.user.id };
      const again: Backup = { ...backup, createdAt: now, updatedAt: now, requestId: ctx.requestId };
      await backupStore.insert(tx, [again]);
      return again;
    });
    // After the row: whatever a crash leaves can be seen, and deleted.
    if (record.content !== record.id) await this.#deps.backups.putManifest(record.id, manifest);
    return imported;
  }
}

const recordOf = (backup: Backup): BackupRecordFields => {
  const { id, volumeId, parentId, name, description, size, container, objectCount, dataTimestamp } = backup;
  return {
    version: 1,
    id,
    volumeId,
    parentId,
    name,
    description,
    size,
    container,
    objectCount,
    dataTimestamp,
    metadata: { ...backup.metadata },
    volumeMetadata: { ...backup.volumeMetadata },
    content: id,
  };
};

function parse(url: string): BackupRecordFields {
  try {
    return check(JSON.parse(Buffer.from(url, 'base64').toString('utf8'))) as BackupRecordFields;
  } catch (cause) {
    throw badRequest('Invalid input received: the backup record cannot be read.', { cause });
  }
}

type Fields = Omit<Backup, 'projectId' | 'userId' | 'createdAt' | 'updatedAt' | 'requestId'>;

const backupOf = ({ version: _version, content: _content, ...record }: BackupRecordFields): Fields => ({
  ...record,
  version: 1,
  snapshotId: null,
  status: 'available',
  failReason: null,
  availabilityZone: DEFAULT_ZONE,
  host: '',
  backend: '',
  desired: false,
  generation: 1,
  restoringTo: null,
});
