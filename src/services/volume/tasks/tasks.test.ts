import { expect, it } from 'vitest';
import { systemClock } from '#kernel/clock.ts';
import { systemCtx, type Ctx } from '#kernel/context.ts';
import type { Database } from '#kernel/db/database.ts';
import { silentLogger } from '#kernel/log.ts';
import { Policy } from '#kernel/policy/policy.ts';
import { init as createTasks } from '#kernel/tasks/migrations/0001-init.ts';
import type { TaskRunner } from '#kernel/tasks/runner.ts';
import type { TaskKind } from '#kernel/tasks/task.ts';
import { crashEverywhere, type World } from '#test/support/crash-everywhere.ts';
import { openInMemory } from '#test/support/databases.ts';
import { FakeBackups } from '#test/support/fake-backups.ts';
import { FakeDiskImages } from '#test/support/fake-disk-images.ts';
import { FakeNodes } from '#test/support/fake-nodes.ts';
import { volumeMigrations } from '../migrations/all.ts';
import { volumePolicy } from '../policy.ts';
import { BackupCreation } from '../service/backup-creation.ts';
import { backupTarget, BackupService } from '../service/backups.ts';
import { VolumeCreation } from '../service/creation.ts';
import type { VolumeDeps } from '../service/deps.ts';
import { DesiredVolumes } from '../service/desired-volumes.ts';
import { Devices } from '../service/devices.ts';
import { Lookup } from '../service/lookup.ts';
import { uploadTarget } from '../service/observations.ts';
import { Quotas } from '../service/quotas.ts';
import { TypeService } from '../service/types.ts';
import { Units } from '../service/units.ts';
import { UploadService } from '../service/uploads.ts';
import { VolumeService } from '../service/volumes.ts';
import { backupStore, uploadStore, volumeStore } from '../store/stores.ts';
import type { VolumeTables } from '../tables.ts';
import { deleteBackup } from './delete-backup.ts';
import { uploadImage } from './upload-image.ts';

const HOST = 'node-1';

const desiredVolumes = (deps: VolumeDeps) =>
  new DesiredVolumes(deps, { units: new Units(deps), devices: new Devices(deps) });

/** A cloud of one node with one volume. */
class VolumeWorld {
  readonly database: Database;
  readonly nodes = new FakeNodes(HOST);
  readonly images = new FakeDiskImages();
  readonly backups = new FakeBackups();

  constructor(database: Database) {
    this.database = database;
    this.nodes.volumeBackends = [{ name: 'file', total: 9, free: 9, thin: false }];
  }

  deps(tasks?: TaskRunner): VolumeDeps {
    return {
      database: this.database,
      nodes: this.nodes,
      images: this.images,
      backups: this.backups,
      policy: new Policy(volumePolicy),
      clock: systemClock,
      log: silentLogger,
      events: { append: async () => {}, publish() {} },
      audit: { write: async () => {} },
      limits: async () => ({}),
      tasks: tasks ?? { start: async () => 'never', nudge() {}, wake: async () => {} },
    };
  }

  ctx(): Ctx {
    const project = { id: 'p1', name: 'p1', domain: { id: 'default', name: 'Default' } };
    return { ...systemCtx('req-1', this.deps()), project, microversion: { major: 3, minor: 70 } };
  }

  services(tasks?: TaskRunner) {
    const deps = this.deps(tasks);
    const units = new Units(deps);
    const lookup = new Lookup(deps);
    const quotas = new Quotas(deps);
    const types = new TypeService(deps, units, lookup);
    const volumes = new VolumeService(deps, units, lookup);
    const creation = new VolumeCreation({ deps, units, lookup, types, quotas });
    return {
      creation,
      uploads: new UploadService(deps, volumes),
      backupCreation: new BackupCreation({ units, lookup, quotas }),
      backups: new BackupService({ deps, units, lookup, volumes, creation }),
    };
  }

  async makeVolume(): Promise<string> {
    const { id } = await this.services().creation.create(this.ctx(), { size: 1 });
    await this.report();
    return id;
  }

  /** The node does what it was told and says so. */
  async report(tasks?: TaskRunner): Promise<void> {
    const deps = this.deps(tasks);
    await this.nodes.reportReady(desiredVolumes(deps), HOST);
  }

  get db() {
    return this.database.handle<VolumeTables>();
  }

  /** Kinds of what the node should have. */
  async wanted(): Promise<string[]> {
    const deps = this.deps();
    return (await desiredVolumes(deps).list(HOST)).map(({ kind }) => kind);
  }

  close(): Promise<void> {
    return this.database.close();
  }
}

class UploadWorld extends VolumeWorld implements World {
  readonly kind = uploadImage(this.deps(), new Units(this.deps())) as TaskKind;
  #imageId = '';
  #volumeId = '';

  async start(tasks: TaskRunner): Promise<string> {
    this.#volumeId = await this.makeVolume();
    const started = await this.services(tasks).uploads.start(this.ctx(), this.#volumeId, {
      name: 'mine',
      diskFormat: 'raw',
      containerFormat: 'bare',
      visibility: 'private',
      protected: false,
      force: false,
    });
    this.#imageId = started.imageId;
    return uploadTarget(this.#imageId);
  }

  meanwhile(tasks: TaskRunner): Promise<void> {
    return this.report(tasks);
  }

  async assertDone(): Promise<void> {
    await this.#assertFree();
    expect(this.images.images.filter(({ id }) => id === this.#imageId)).toHaveLength(1);
  }

  async assertClean(): Promise<void> {
    await this.#assertFree();
    expect(this.images.images.map(({ id }) => id)).not.toContain(this.#imageId);
    const messages = await this.db.selectFrom('volume_message').select('event_id').execute();
    expect(messages).toContainEqual({ event_id: 'VOLUME_VOLUME_003_001' });
  }

  async #assertFree(): Promise<void> {
    expect((await volumeStore.find(this.db, this.#volumeId))?.status).toBe('available');
    expect(await uploadStore.find(this.db, this.#imageId)).toBeUndefined();
    expect(await this.wanted()).toEqual(['volume']);
  }
}

class BackupDeletionWorld extends VolumeWorld implements World {
  readonly kind = deleteBackup(this.deps(), new Units(this.deps())) as TaskKind;
  #id = '';

  async start(tasks: TaskRunner): Promise<string> {
    const volume_id = await this.makeVolume();
    const { backupCreation, backups } = this.services(tasks);
    this.#id = (await backupCreation.create(this.ctx(), { volume_id })).id;
    await this.report(tasks);
    const manifest = { version: 1, volumeId: volume_id, bytes: 1, pieceBytes: 1, pieces: [null] } as const;
    await this.backups.putManifest(this.#id, manifest);
    await backups.delete(this.ctx(), this.#id, false);
    return backupTarget(this.#id);
  }

  async assertDone(): Promise<void> {
    expect(await backupStore.find(this.db, this.#id)).toBeUndefined();
    expect(this.backups.manifests.size).toBe(0);
  }

  /** What is not deleted can be deleted again. */
  async assertClean(): Promise<void> {
    expect(await backupStore.find(this.db, this.#id)).toMatchObject({
      status: 'error_deleting',
      failReason: expect.stringMatching(/.+/) as string,
    });
    expect(await this.wanted()).toEqual(['volume']);
  }
}

const open = () =>
  openInMemory(
    { name: 'tasks', migrations: [createTasks] },
    { name: 'volume', migrations: volumeMigrations },
  );

it('uploading a volume survives every crash', { timeout: 60_000 }, () =>
  crashEverywhere(async () => new UploadWorld(await open())),
);

it('deleting a backup survives every crash', { timeout: 60_000 }, () =>
  crashEverywhere(async () => new BackupDeletionWorld(await open())),
);
