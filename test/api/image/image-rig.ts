import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '#kernel/clock.ts';
import { Database } from '#kernel/db/database.ts';
import { migrate } from '#kernel/db/migrate.ts';
import { silentLogger } from '#kernel/log.ts';
import { Policy } from '#kernel/policy/policy.ts';
import { init as createTasks } from '#kernel/tasks/migrations/0001-init.ts';
import { TaskRunner } from '#kernel/tasks/runner.ts';
import { FileImageStore } from '#drivers/image/file/driver.ts';
import { createImagePort, createImageService, imageTasks } from '#services/image/index.ts';
import { imagePolicy } from '#services/image/policy.ts';
import type { ImagePort } from '#services/image/port.ts';
import type { ImageDeps } from '#services/image/service/deps.ts';
import { Staging } from '#services/image/service/staging.ts';
import { serveApi, type TestApi } from '#test/support/api.ts';

interface Options extends Partial<Omit<ImageDeps, 'limits'>> {
  /** Names of the stores; each is a directory. */
  readonly storeIds?: readonly [string, ...string[]];
}

/** The image service with its tasks, over directories of its own. */
export class ImageRig implements AsyncDisposable {
  readonly directory: string;
  readonly deps: ImageDeps;
  readonly tasks: TaskRunner;
  readonly port: ImagePort;
  /** What each project may have; none is unlimited. */
  readonly limits = new Map<string, Record<string, number>>();
  #api: TestApi | undefined;

  private constructor(directory: string, { storeIds = ['file'], ...options }: Options) {
    const [first, ...others] = storeIds;
    const storeOf = (id: string) => ({
      id,
      description: '',
      store: new FileImageStore(join(directory, id)),
    });
    this.directory = directory;
    this.deps = {
      database: Database.open({ kind: 'sqlite', path: ':memory:' }),
      policy: new Policy(imagePolicy),
      clock: systemClock,
      log: silentLogger,
      worker: 'one',
      staging: new Staging(join(directory, 'staging')),
      stores: [storeOf(first), ...others.map(storeOf)],
      maxBytes: 1 << 24,
      inspectContainerArchive: async () => {},
      limits: async (projectId) => this.limits.get(projectId) ?? {},
      conversion: 'none',
      download: { schemes: ['http'], ports: [80], hosts: [], refusedHosts: [], networks: [] },
      ...options,
    };
    this.tasks = new TaskRunner({ ...this.deps, kinds: imageTasks(this.deps) });
    this.port = createImagePort(this.deps);
  }

  static async start(options: Options = {}): Promise<ImageRig> {
    const rig = new ImageRig(await mkdtemp(join(tmpdir(), 'hydria-images-')), options);
    const { database } = rig.deps;
    await migrate(database, [{ name: 'tasks', migrations: [createTasks] }]);
    const service = createImageService({ ...rig.deps, tasks: rig.tasks });
    rig.#api = await serveApi({ database, rules: imagePolicy, services: () => [service] });
    for (const reconciler of service.reconcilers) await reconciler.run(new AbortController().signal);
    return rig;
  }

  get api(): TestApi {
    if (!this.#api) throw new Error('The rig was not started.');
    return this.#api;
  }

  /** Names of all files, staged and stored. */
  async files(): Promise<string[]> {
    const entries = await readdir(this.directory, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.tasks.stop();
    await this.#api?.[Symbol.asyncDispose]();
    await this.deps.database.close();
    await rm(this.directory, { recursive: true });
  }
}
