import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { systemClock } from '#kernel/clock.ts';
import { systemCtx, type Ctx } from '#kernel/context.ts';
import type { Database } from '#kernel/db/database.ts';
import { exec } from '#kernel/exec.ts';
import { silentLogger } from '#kernel/log.ts';
import { Policy } from '#kernel/policy/policy.ts';
import { init as createKernelTasks } from '#kernel/tasks/migrations/0001-init.ts';
import type { TaskRunner } from '#kernel/tasks/runner.ts';
import type { TaskKind } from '#kernel/tasks/task.ts';
import type { ImageStore } from '#drivers/image/driver.ts';
import { crashEverywhere, type World } from '#test/support/crash-everywhere.ts';
import { forEachDatabase } from '#test/support/databases.ts';
import { FileServer } from '#test/support/file-server.ts';
import { createImages } from '../migrations/0001-images.ts';
import { createTasks } from '../migrations/0002-tasks.ts';
import { addReceiver } from '../migrations/0004-receiver.ts';
import type { Image } from '../model/image.ts';
import type { ImportMethod } from '../model/task.ts';
import { imagePolicy } from '../policy.ts';
import type { ImageDeps } from '../service/deps.ts';
import { ImageDataService } from '../service/image-data.ts';
import { ImageService } from '../service/images.ts';
import { ImportService } from '../service/imports.ts';
import { Staging } from '../service/staging.ts';
import { imageStore } from '../store/images.ts';
import { taskStore } from '../store/tasks.ts';
import type { ImageTables } from '../tables.ts';
import { importImage, importTarget } from './import-image.ts';

const DISK_BYTES = 1 << 20;

let qcow2: Promise<Buffer> | undefined;

async function makeDisk(): Promise<Buffer> {
  const directory = await mkdtemp(join(tmpdir(), 'hydria-disk-'));
  const disk = join(directory, 'disk');
  await exec('qemu-img', ['create', '-q', '-f', 'qcow2', disk, String(DISK_BYTES)]);
  const bytes = await readFile(disk);
  await rm(directory, { recursive: true });
  return bytes;
}

/** A store in memory. */
class MemoryStore implements ImageStore {
  readonly kind = 'memory';
  readonly images = new Map<string, Buffer>();

  async put(id: string, path: string): Promise<void> {
    this.images.set(id, await readFile(path));
  }
  async open(id: string): Promise<Readable> {
    return Readable.from([this.images.get(id)]);
  }
  async remove(id: string): Promise<void> {
    this.images.delete(id);
  }
  async list(): Promise<string[]> {
    return [...this.images.keys()];
  }
}

interface Plan {
  readonly method: ImportMethod['name'];
  readonly conversion: ImageDeps['conversion'];
}

/** Two stores and an image of a qcow2 disk, which is imported. */
class ImportWorld implements World {
  readonly database: Database;
  readonly kind: TaskKind;
  readonly #plan: Plan;
  readonly #directory: string;
  readonly #server: FileServer;
  readonly #disk: Buffer;
  readonly #stores = { one: new MemoryStore(), two: new MemoryStore() };
  #id = '';

  constructor(database: Database, plan: Plan, outside: Outside) {
    this.database = database;
    this.#plan = plan;
    this.#directory = outside.directory;
    this.#server = outside.server;
    this.#disk = outside.disk;
    this.kind = importImage(this.#deps());
  }

  static async make(database: Database, plan: Plan): Promise<ImportWorld> {
    const directory = await mkdtemp(join(tmpdir(), 'hydria-import-'));
    qcow2 ??= makeDisk();
    const [disk, server] = [await qcow2, await new FileServer().start()];
    return new ImportWorld(database, plan, { directory, disk, server });
  }

  #deps(): ImageDeps {
    const { port } = this.#server;
    return {
      database: this.database,
      policy: new Policy(imagePolicy),
      clock: systemClock,
      log: silentLogger,
      staging: new Staging(this.#directory),
      worker: 'one',
      stores: [
        { id: 'one', description: '', store: this.#stores.one },
        { id: 'two', description: '', store: this.#stores.two },
      ],
      maxBytes: 1 << 24,
      inspectContainerArchive: async () => {},
      limits: async () => ({}),
      conversion: this.#plan.conversion,
      download: { schemes: ['http'], ports: [port], hosts: [], refusedHosts: [], networks: ['127.0.0.0/8'] },
    };
  }

  #ctx(): Ctx {
    const project = { id: 'p1', name: 'p1', domain: { id: 'default', name: 'Default' } };
    return { ...systemCtx('req-1', this.#deps()), project };
  }

  async start(tasks: TaskRunner): Promise<string> {
    const deps = this.#deps();
    const images = new ImageService(deps);
    const data = new ImageDataService({ ...deps, images });
    const ctx = this.#ctx();
    const image = await images.create(ctx, { disk_format: 'qcow2', container_format: 'bare' });
    this.#id = image.id;
    const upload = { source: Readable.from([this.#disk]), length: null };
    const uri = this.#server.put('/disk', this.#disk);
    if (this.#plan.method === 'glance-direct') await data.stage(ctx, image.id, upload);
    if (this.#plan.method === 'copy-image') await data.upload(ctx, image.id, upload);
    const method =
      this.#plan.method === 'web-download' ? { name: this.#plan.method, uri } : { name: this.#plan.method };
    const request = { method, stores: ['one', 'two'], allMustSucceed: true };
    await new ImportService({ ...deps, images, tasks }).start(ctx, image.id, { request, input: {} });
    return importTarget(image.id);
  }

  async #image(): Promise<Image | undefined> {
    return imageStore.find(this.database.handle<ImageTables>(), this.#id);
  }

  async assertDone(): Promise<void> {
    const converts = this.#plan.conversion === 'raw' && this.#plan.method !== 'copy-image';
    const image = await this.#image();
    expect(image).toMatchObject({
      status: 'active',
      stores: ['one', 'two'],
      virtualSize: DISK_BYTES,
      diskFormat: converts ? 'raw' : 'qcow2',
      size: converts ? DISK_BYTES : this.#disk.length,
      properties: { os_glance_importing_to_stores: '', os_glance_failed_import: '' },
    });
    for (const { images } of Object.values(this.#stores))
      expect(images.get(this.#id)?.length).toBe(image?.size);
    expect(await this.#taskStatuses()).toEqual(['success']);
    expect(await readdir(this.#directory)).toEqual([]);
  }

  async assertClean(): Promise<void> {
    const copies = this.#plan.method === 'copy-image';
    const image = await this.#image();
    expect(image).toMatchObject(
      copies
        ? { status: 'active', stores: ['one'], size: this.#disk.length }
        : { status: 'queued', stores: [], size: null },
    );
    expect([...this.#stores.one.images.keys()]).toEqual(copies ? [this.#id] : []);
    expect([...this.#stores.two.images.keys()]).toEqual([]);
    expect(image?.properties).toMatchObject({ os_glance_failed_import: 'one,two' });
    expect(await this.#taskStatuses()).toEqual(['failure']);
    expect(await readdir(this.#directory)).toEqual([]);
  }

  async #taskStatuses(): Promise<string[]> {
    const tasks = await taskStore.ofImage(this.database.handle<ImageTables>(), this.#id);
    return tasks.map(({ status }) => status);
  }

  async close(): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
    await rm(this.#directory, { recursive: true });
  }
}

interface Outside {
  readonly directory: string;
  readonly server: FileServer;
  readonly disk: Buffer;
}

forEachDatabase('importing', (open) => {
  it.each<Plan>([
    { method: 'glance-direct', conversion: 'raw' },
    { method: 'web-download', conversion: 'none' },
    { method: 'copy-image', conversion: 'none' },
  ])('survives every crash: %j', { timeout: 120_000 }, async (plan) => {
    const database = await open(
      { name: 'tasks', migrations: [createKernelTasks] },
      { name: 'image', migrations: [createImages, createTasks, addReceiver] },
    );
    await crashEverywhere(() => ImportWorld.make(database, plan));
  });
});
