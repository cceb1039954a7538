import { projectOf, storeCtx, type Ctx } from '#kernel/context.ts';
import { badRequest } from '#kernel/errors.ts';
import { isAtLeast } from '#kernel/microversion.ts';
import { backupNotFound, type Backup, type BackupStatus } from '../model/backup.ts';
import { assertCan } from '../model/states.ts';
import { nextContent, type Volume } from '../model/volume.ts';
import type { ListBackupsQuery, UpdateBackupBody } from '../schema/backup.ts';
import { isTrue } from '../schema/common.ts';
import { countAll, listPage, type Counted } from '../store/listing.ts';
import { backupStore } from '../store/stores.ts';
import { DELETE_BACKUP } from '../tasks/delete-backup.ts';
import type { VolumeTables } from '../tables.ts';
import { freeSource } from './backup-ends.ts';
import type { VolumeCreation } from './creation.ts';
import type { VolumeDeps } from './deps.ts';
import { equal, listRequest } from './list-request.ts';
import type { Lookup } from './lookup.ts';
import type { Unit, Units } from './units.ts';
import { begin } from './volume-changes.ts';
import type { VolumeService } from './volumes.ts';

const SORTABLE = {
  id: 'id',
  name: 'name',
  status: 'status',
  size: 'size',
  volume_id: 'volume_id',
  created_at: 'created_at',
  updated_at: 'updated_at',
};

export interface BackupDeps {
  readonly deps: VolumeDeps;
  readonly units: Units;
  readonly lookup: Lookup;
  readonly volumes: VolumeService;
  readonly creation: VolumeCreation;
}

/** A backup, and whether others build upon it. */
export interface BackupDetail {
  readonly backup: Backup;
  readonly hasDependents: boolean;
}

export const backupTarget = (id: string): string => `volume-backup:${id}`;

/** Use-cases on backups that exist: list, show, change, restore, delete. */
export class BackupService {
  readonly #with: BackupDeps;

  constructor(collaborators: BackupDeps) {
    this.#with = collaborators;
  }

  async list(ctx: Ctx, query: ListBackupsQuery): Promise<Counted<Backup>> {
    const { policy } = this.#with.deps;
    const filters = equal('volume_id', query.volume_id);
    const request = listRequest(ctx, query, { policy, sortable: SORTABLE, filters });
    const page = await listPage(this.#db, backupStore, request);
    const counts = isTrue(query.with_count) && isAtLeast(ctx.microversion, '3.45');
    return { ...page, count: counts ? await countAll(this.#db, backupStore, request.where) : null };
  }

  /** Whether others build upon them, in one query. */
  async detail(backups: readonly Backup[]): Promise<BackupDetail[]> {
    if (backups.length === 0) return [];
    const ids = backups.map(({ id }) => id);
    const children = await backupStore.list(this.#db, (eb) => eb('parent_id', 'in', ids));
    const parents = new Set(children.map(({ parentId }) => parentId));
    return backups.map((backup) => ({ backup, hasDependents: parents.has(backup.id) }));
  }

  async show(ctx: Ctx, id: string): Promise<BackupDetail> {
    const [detail] = await this.detail([await this.#with.lookup.backup(ctx, id, 'backup:get')]);
    if (!detail) throw backupNotFound(id);
    return detail;
  }

  update(ctx: Ctx, id: string, body: UpdateBackupBody): Promise<Backup> {
    return this.#change(ctx, { id, rule: 'backup:update' }, async (before) => {
      if (Object.keys(body).length === 0) throw badRequest('Missing required element in the request body.');
      return {
        ...before,
        name: body.name ?? before.name,
        description: body.description ?? before.description,
        metadata: (isAtLeast(ctx.microversion, '3.43') ? body.metadata : undefined) ?? before.metadata,
      };
    });
  }

  async resetStatus(ctx: Ctx, id: string, status: BackupStatus): Promise<void> {
    const rule = 'volume_extension:backup_admin_actions:reset_status';
    await this.#change(ctx, { id, rule }, async (before) => ({ ...before, status }));
  }

  /** Into a volume of the caller's, or a new one. @returns the volume that will have its content */
  async restore(ctx: Ctx, id: string, to: { volumeId: string | null; name: string | null }): Promise<Volume> {
    const { lookup, creation } = this.#with;
    const backup = await lookup.backup(ctx, id, 'backup:restore');
    assertIs(backup, 'available');
    if (to.volumeId !== null) return this.#restoreInto(ctx, backup, to.volumeId);
    const name = to.name ?? `restore_backup_${id}`;
    const volume = await creation.create(
      { ...ctx, microversion: { major: 3, minor: 47 } },
      { size: backup.size, name, backup_id: id, metadata: backup.volumeMetadata },
    );
    await this.#change(ctx, { id, rule: 'backup:restore' }, async (before) => held(before, volume.id));
    return volume;
  }

  #restoreInto(ctx: Ctx, { id, size }: Backup, volumeId: string): Promise<Volume> {
    const { volumes } = this.#with;
    return volumes.change(ctx, { id: volumeId, rule: 'volume:update' }, async (volume, unit) => {
      assertCan('restore', volume);
      if (volume.size < size)
        throw badRequest(
          `Invalid volume: volume ${volumeId} of ${volume.size}GB is too small for a backup of ${size}GB.`,
        );
      const backup = await backupStore.find(unit.tx, id);
      if (!backup) throw backupNotFound(id);
      assertIs(backup, 'available');
      await unit.write(backupStore, backup, held(backup, volumeId));
      const content = nextContent(volume, { kind: 'backup', id });
      const { requestId } = ctx;
      const pending = {
        content,
        onSuccess: 'available',
        onFailure: 'error_restoring',
        doing: 'restore',
        requestId,
        user: ctx.user,
      } as const;
      const metadata = { ...volume.metadata, ...backup.volumeMetadata };
      return begin(unit, { ...volume, metadata, status: 'restoring-backup' }, pending);
    });
  }

  /** Its pieces go in a task. @param force from every state */
  async delete(ctx: Ctx, id: string, force: boolean): Promise<void> {
    const { tasks } = this.#with.deps;
    const rule = force ? 'volume_extension:backup_admin_actions:force_delete' : 'backup:delete';
    await this.#change(ctx, { id, rule }, async (before, unit) => {
      if (!force) assertIs(before, 'available', 'error', 'error_deleting');
      const children = await backupStore.count(unit.tx, (eb) => eb('parent_id', '=', id));
      if (children > 0) throw badRequest('Invalid backup: Incremental backups exist for this backup.');
      await tasks.start(unit.tx, {
        kind: DELETE_BACKUP,
        target: backupTarget(id),
        projectId: projectOf(ctx),
        ctx: storeCtx(ctx),
        input: { id },
        whenBusy: 'cancel',
      });
      if (before.desired) await freeSource(unit, before);
      unit.tell('copy', before);
      return { ...before, status: 'deleting', desired: false };
    });
    tasks.nudge();
  }

  async #change(
    ctx: Ctx,
    { id, rule }: { readonly id: string; readonly rule: string },
    to: (backup: Backup, unit: Unit) => Promise<Backup>,
  ): Promise<Backup> {
    const { lookup, units } = this.#with;
    await lookup.backup(ctx, id, rule);
    return units.run(async (unit) => {
      const before = await backupStore.find(unit.tx, id);
      if (!before) throw backupNotFound(id);
      return unit.write(backupStore, before, await to(before, unit));
    });
  }

  get #db() {
    return this.#with.deps.database.handle<VolumeTables>();
  }
}

const held = (backup: Backup, volumeId: string): Backup => ({
  ...backup,
  status: 'restoring',
  restoringTo: volumeId,
});

function assertIs({ id, status }: Backup, ...allowed: readonly BackupStatus[]): void {
  if (!allowed.includes(status))
    throw badRequest(`Invalid backup: Backup ${id} is ${status}; it must be ${allowed.join(' or ')}.`);
}
