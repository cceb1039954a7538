import { describe, expect, it } from 'vitest';
import { systemClock } from '#kernel/clock.ts';
import { systemCtx, type Ctx } from '#kernel/context.ts';
import type { Database } from '#kernel/db/database.ts';
import { silentLogger } from '#kernel/log.ts';
import { EnvelopeVault } from '#kernel/vault/vault.ts';
import { Policy } from '#kernel/policy/policy.ts';
import { init as createTasks } from '#kernel/tasks/migrations/0001-init.ts';
import type { TaskRunner } from '#kernel/tasks/runner.ts';
import type { TaskKind } from '#kernel/tasks/task.ts';
import { crashEverywhere, type World } from '#test/support/crash-everywhere.ts';
import { openInMemory } from '#test/support/databases.ts';
import { FakeImages, FakeLimits, FakeNetworks, FakeNode, FakePlacement } from '#test/support/fake-ports.ts';
import { containerTarget, type Container } from '../model/container.ts';
import { createContainers } from '../migrations/0001-containers.ts';
import { addEtag } from '../migrations/0002-etag.ts';
import { createRegistries } from '../migrations/0003-registries.ts';
import { containerPolicy } from '../policy.ts';
import { ContainerService } from '../service/containers.ts';
import { ContainerCreation } from '../service/creation.ts';
import type { ContainerDeps } from '../service/deps.ts';
import { DesiredContainers } from '../service/desired-containers.ts';
import { ContainerLookup } from '../service/lookup.ts';
import { RegistryService } from '../service/registries.ts';
import type { CreateContainerBody } from '../schema/container.ts';
import { containerStore } from '../store/containers.ts';
import type { ContainerTables } from '../tables.ts';
import { createContainer } from './create-container.ts';
import { deleteContainer } from './delete-container.ts';

/** A cloud of one node, where something is done to one container. */
class ContainerWorld implements World {
  readonly database: Database;
  readonly kind: TaskKind;
  readonly node = new FakeNode('node-1');
  readonly networks = new FakeNetworks('private');
  readonly placement = new FakePlacement('node-1');
  protected id = '';
  protected readonly body: CreateContainerBody = { image: 'hello', name: 'web' };

  constructor(database: Database, makeKind: (deps: ContainerDeps) => TaskKind) {
    this.database = database;
    this.kind = makeKind(this.deps());
  }

  deps(tasks?: TaskRunner): ContainerDeps {
    const never = { start: async () => 'never', nudge() {}, wake: async () => {} };
    return {
      database: this.database,
      identity: new FakeLimits(),
      images: new FakeImages('hello'),
      networks: this.networks,
      placement: this.placement,
      nodes: this.node,
      policy: new Policy(containerPolicy),
      clock: systemClock,
      log: silentLogger,
      events: { append: async () => {}, publish() {} },
      defaultRuntime: 'crun',
      vault: new EnvelopeVault({ database: this.database, masterKeys: [Buffer.alloc(32, 1)] }),
      consoles: { ticketSeconds: 60, origins: [] },
      containerImages: { driver: 'glance', defaultRegistry: 'registry.test', logins: [] },
      tasks: tasks ?? never,
    };
  }

  ctx(): Ctx {
    const project = { id: 'p1', name: 'p1', domain: { id: 'default', name: 'Default' } };
    return { ...systemCtx('req-1', this.deps()), project, microversion: { major: 1, minor: 40 } };
  }

  async create(tasks?: TaskRunner): Promise<void> {
    const deps = this.deps(tasks);
    const creation = new ContainerCreation(deps, new RegistryService(deps));
    this.id = (await creation.create(this.ctx(), this.body, true)).id;
  }

  async start(tasks: TaskRunner): Promise<string> {
    await this.create(tasks);
    return containerTarget(this.id);
  }

  /** The node does what it was told and says so. */
  async meanwhile(tasks: TaskRunner): Promise<void> {
    await this.node.report(new DesiredContainers(this.deps(tasks)));
  }

  container(): Promise<Container | undefined> {
    return containerStore.find(this.database.handle<ContainerTables>(), this.id);
  }

  async assertDone(): Promise<void> {
    expect((await this.container())?.status).toBe('Running');
    expect(this.outside()).toEqual({ ports: 1, claims: 1, onNode: 1 });
  }

  async assertClean(): Promise<void> {
    expect(await this.container()).toMatchObject({ status: 'Error', taskState: null, host: null });
    expect(this.outside()).toEqual({ ports: 0, claims: 0, onNode: 0 });
  }

  outside() {
    return {
      ports: this.networks.ports.size,
      claims: this.placement.claims.size,
      onNode: this.node.objects.size,
    };
  }

  close(): Promise<void> {
    return this.database.close();
  }
}

/** The same cloud, where the image is a registry's. */
class PullingWorld extends ContainerWorld {
  protected override readonly body = { image: 'team/app:1', image_driver: 'docker' } as const;

  override async assertDone(): Promise<void> {
    await super.assertDone();
    const image = { reference: 'registry.test/team/app:1', pull: 'always' };
    expect(this.node.container(this.id)?.spec.image).toEqual(image);
  }
}

/** The same cloud with a container that runs, and is stopped and deleted. */
class DeletionWorld extends ContainerWorld {
  override async start(tasks: TaskRunner): Promise<string> {
    await this.create();
    await this.#runIt();
    const deps = this.deps(tasks);
    const service = new ContainerService(deps, new ContainerLookup(deps));
    await service.delete(this.ctx(), this.id, { force: false, stop: true, allProjects: false });
    return containerTarget(this.id);
  }

  /** Carries the creating task through, without a runner. */
  async #runIt(): Promise<void> {
    const outputs: Record<string, unknown> = {};
    const input = { id: this.id };
    const { signal } = new AbortController();
    const run = { id: 't', target: '', input, ctx: this.ctx(), outputs, attempt: 1, signal };
    for (const step of createContainer(this.deps()).steps) outputs[step.name] = await step.run(run);
    await this.node.report(new DesiredContainers(this.deps()));
  }

  override async assertDone(): Promise<void> {
    expect(await this.container()).toBeUndefined();
    expect(this.outside()).toEqual({ ports: 0, claims: 0, onNode: 0 });
  }

  /** It may be deleted again: whatever is left is the row's. */
  override async assertClean(): Promise<void> {
    expect(await this.container()).toMatchObject({ status: 'Error', taskState: null });
  }
}

const open = () =>
  openInMemory(
    { name: 'tasks', migrations: [createTasks] },
    { name: 'container', migrations: [createContainers, addEtag, createRegistries] },
  );

describe('crashing', () => {
  it('while a container is created leaves it running, or in Error with nothing else left', async () => {
    await crashEverywhere(async () => new ContainerWorld(await open(), createContainer));
  });

  it('while a container is created from a registry leaves it running, or nothing else', async () => {
    await crashEverywhere(async () => new PullingWorld(await open(), createContainer));
  });

  it('while a container is deleted leaves nothing, or what can be deleted again', async () => {
    await crashEverywhere(async () => new DeletionWorld(await open(), deleteContainer));
  });
});
