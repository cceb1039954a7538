import { expect, it } from 'vitest';
import { systemClock } from '#kernel/clock.ts';
import { systemCtx, type Ctx } from '#kernel/context.ts';
import type { Database } from '#kernel/db/database.ts';
import { silentLogger } from '#kernel/log.ts';
import { Policy } from '#kernel/policy/policy.ts';
import { init as createTasks } from '#kernel/tasks/migrations/0001-init.ts';
import type { TaskRunner } from '#kernel/tasks/runner.ts';
import { EnvelopeVault } from '#kernel/vault/vault.ts';
import { crashEverywhere, type World } from '#test/support/crash-everywhere.ts';
import { openInMemory } from '#test/support/databases.ts';
import { FakeImages, FakeLimits, FakeNetworks, FakeNode, FakePlacement } from '#test/support/fake-ports.ts';
import { FakeSecrets, FakeVolumes } from '#test/support/fake-volumes.ts';
import { containerMigrations } from '../migrations/all.ts';
import { hostImageTarget } from '../model/host-image.ts';
import { containerPolicy } from '../policy.ts';
import type { ContainerDeps } from '../service/deps.ts';
import { DesiredImages } from '../service/desired-images.ts';
import { HostImageService } from '../service/host-images.ts';
import { pullImage } from './pull-image.ts';

/** A cloud of one node, to which one image is pulled. */
class PullWorld implements World {
  readonly database: Database;
  readonly kind;
  readonly node = new FakeNode('node-1');
  #id = '';

  constructor(database: Database) {
    this.database = database;
    this.kind = pullImage(this.#deps());
  }

  async start(tasks: TaskRunner): Promise<string> {
    this.#id = (await this.#images(tasks).pull(this.#ctx(), { repo: 'hello', host: 'node-1' })).id;
    return hostImageTarget(this.#id);
  }

  async meanwhile(tasks: TaskRunner): Promise<void> {
    await this.node.report(new DesiredImages(this.#deps(tasks)));
  }

  async assertDone(): Promise<void> {
    expect(await this.#images().get(this.#ctx(), this.#id)).toMatchObject({ status: 'Pulled', size: 1 });
    expect([...this.node.objects.keys()]).toEqual([this.#id]);
  }

  async assertClean(): Promise<void> {
    const { status, reason } = await this.#images().get(this.#ctx(), this.#id);
    expect([status, reason === null]).toEqual(['Error', false]);
    expect(this.node.objects.size).toBe(0);
    expect(await new DesiredImages(this.#deps()).list('node-1')).toEqual([]);
  }

  close(): Promise<void> {
    return this.database.close();
  }

  #images(tasks?: TaskRunner): HostImageService {
    return new HostImageService(this.#deps(tasks));
  }

  #ctx(): Ctx {
    const project = { id: 'p1', name: 'p1', domain: { id: 'default', name: 'Default' } };
    return { ...systemCtx('req-1', this.#deps()), project };
  }

  #deps(tasks?: TaskRunner): ContainerDeps {
    return {
      database: this.database,
      identity: new FakeLimits(),
      images: new FakeImages('hello'),
      networks: new FakeNetworks('private'),
      placement: new FakePlacement('node-1'),
      volumes: () => new FakeVolumes(),
      secrets: () => new FakeSecrets(),
      nodes: this.node,
      policy: new Policy(containerPolicy),
      clock: systemClock,
      log: silentLogger,
      events: { append: async () => {}, publish() {} },
      defaultRuntime: 'crun',
      vault: new EnvelopeVault({ database: this.database, masterKeys: [Buffer.alloc(32, 1)] }),
      consoles: { ticketSeconds: 60, origins: [] },
      containerImages: { driver: 'glance', defaultRegistry: null, registries: [], logins: [] },
      tasks: tasks ?? { start: async () => 'never', nudge() {}, wake: async () => {} },
    };
  }
}

it('crashing while an image is pulled leaves it there, or in Error with nothing on the node', async () => {
  const open = () =>
    openInMemory(
      { name: 'tasks', migrations: [createTasks] },
      { name: 'container', migrations: containerMigrations },
    );
  await crashEverywhere(async () => new PullWorld(await open()));
});
