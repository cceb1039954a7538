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
import {
  FakeImages,
  FakeLimits,
  fakeNetwork,
  FakeNetworks,
  FakeNode,
  FakePlacement,
} from '#test/support/fake-ports.ts';
import { FakeSecrets, FakeVolumes } from '#test/support/fake-volumes.ts';
import { containerTarget, type Container } from '../model/container.ts';
import { containerMigrations } from '../migrations/all.ts';
import { containerPolicy } from '../policy.ts';
import { ContainerService } from '../service/containers.ts';
import { ContainerCreation } from '../service/creation.ts';
import type { ContainerDeps } from '../service/deps.ts';
import { DesiredContainers } from '../service/desired-containers.ts';
import { ContainerLookup } from '../service/lookup.ts';
import { ContainerCommitting } from '../service/committing.ts';
import { ContainerPlugging } from '../service/plugging.ts';
import { ContainerRebuilding } from '../service/rebuilding.ts';
import { RegistryService } from '../service/registries.ts';
import type { CreateContainerBody } from '../schema/container.ts';
import { actionStore } from '../store/actions.ts';
import { containerStore } from '../store/containers.ts';
import type { ContainerTables } from '../tables.ts';
import { attachNetwork } from './attach-network.ts';
import { commitContainer } from './commit-container.ts';
import { createContainer } from './create-container.ts';
import { deleteContainer } from './delete-container.ts';
import { detachNetwork } from './detach-network.ts';
import { rebuildContainer } from './rebuild-container.ts';
import { replaceContainer } from './replace-container.ts';
import { setGroups } from './set-groups.ts';

/** A cloud of one node, where something is done to one container. */
class ContainerWorld implements World {
  readonly database: Database;
  readonly kind: TaskKind;
  readonly node = new FakeNode('node-1');
  readonly images = new FakeImages('hello', 'other');
  readonly networks = new FakeNetworks('private');
  readonly placement = new FakePlacement('node-1');
  readonly volumes = new FakeVolumes();
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
      images: this.images,
      networks: this.networks,
      placement: this.placement,
      volumes: () => this.volumes,
      secrets: () => new FakeSecrets(),
      nodes: this.node,
      policy: new Policy(containerPolicy),
      clock: systemClock,
      log: silentLogger,
      events: { append: async () => {}, publish() {} },
      defaultRuntime: 'crun',
      vault: new EnvelopeVault({ database: this.database, masterKeys: [Buffer.alloc(32, 1)] }),
      consoles: { ticketSeconds: 60, origins: [] },
      containerImages: { driver: 'glance', defaultRegistry: 'registry.test', registries: [], logins: [] },
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

const LENT = '00000000-0000-4000-8000-000000000001';

/** The same cloud, where the container has a volume of its user's and one that is made for it. */
class MountingWorld extends ContainerWorld {
  protected override readonly body = {
    image: 'hello',
    mounts: [
      { source: LENT, destination: '/lent' },
      { size: 1, destination: '/made' },
    ],
  };

  override async start(tasks: TaskRunner): Promise<string> {
    this.volumes.add({ id: LENT });
    return super.start(tasks);
  }

  override async assertDone(): Promise<void> {
    await super.assertDone();
    expect([this.volumes.volumes.size, this.volumes.attachments.size]).toEqual([2, 2]);
    expect(this.node.container(this.id)?.spec.mounts).toHaveLength(2);
  }

  override async assertClean(): Promise<void> {
    await super.assertClean();
    expect([[...this.volumes.volumes.keys()], this.volumes.attachments.size]).toEqual([[LENT], 0]);
  }
}

/** The same cloud, where the container exposes a port. */
class ExposingWorld extends ContainerWorld {
  protected override readonly body = { image: 'hello', exposed_ports: { '80/tcp': {} } };

  override async assertDone(): Promise<void> {
    await super.assertDone();
    expect([...this.networks.open]).toEqual([[`zun-${this.id}`, [{ protocol: 'tcp', port: 80 }]]]);
  }

  override async assertClean(): Promise<void> {
    await super.assertClean();
    expect([...this.networks.open]).toEqual([]);
  }
}

/** The same cloud with a container that runs already. */
class RunningWorld extends ContainerWorld {
  /** Carries the creating task through, without a runner. */
  protected async run(): Promise<void> {
    await this.create();
    const outputs: Record<string, unknown> = {};
    const input = { id: this.id };
    const { signal } = new AbortController();
    const run = {
      id: 't',
      target: '',
      input,
      ctx: this.ctx(),
      outputs,
      attempt: 1,
      rests: () => undefined,
      signal,
    };
    for (const step of createContainer(this.deps()).steps) {
      outputs[step.name] = await step.run(run);
      if (step.name === 'make-volumes') outputs[step.name] = await step.run(run); // it has been made meanwhile
    }
    await this.node.report(new DesiredContainers(this.deps()));
  }
}

/** It is stopped and deleted. */
class DeletionWorld extends RunningWorld {
  protected override readonly body = {
    image: 'hello',
    exposed_ports: { '80': {} },
    mounts: [
      { source: LENT, destination: '/lent' },
      { size: 1, destination: '/made' },
    ],
  };

  override async start(tasks: TaskRunner): Promise<string> {
    this.volumes.add({ id: LENT });
    await this.run();
    const deps = this.deps(tasks);
    const service = new ContainerService(deps, new ContainerLookup(deps));
    await service.delete(this.ctx(), this.id, { force: false, stop: true, allProjects: false });
    return containerTarget(this.id);
  }

  override async assertDone(): Promise<void> {
    expect(await this.container()).toBeUndefined();
    expect([[...this.volumes.volumes.keys()], this.volumes.attachments.size]).toEqual([[LENT], 0]);
    expect(this.networks.open.size).toBe(0);
    expect(this.outside()).toEqual({ ports: 0, claims: 0, onNode: 0 });
  }

  /** It may be deleted again: whatever is left is the row's. */
  override async assertClean(): Promise<void> {
    expect(await this.container()).toMatchObject({ status: 'Error', taskState: null });
  }
}

/** Its ports are changed. The node's, the network's and the record's word on them must be one. */
class PluggingWorld extends RunningWorld {
  readonly #wish: Wish;

  constructor(database: Database, makeKind: (deps: ContainerDeps) => TaskKind, wish: Wish) {
    super(database, makeKind);
    this.#wish = wish;
    this.networks.networks.push(fakeNetwork('second'));
    this.networks.groups.set('web', 'group-web');
  }

  override async start(tasks: TaskRunner): Promise<string> {
    await this.run();
    const deps = this.deps(tasks);
    await this.#wish.act(new ContainerPlugging(deps, new ContainerLookup(deps)), this.ctx(), this.id);
    return containerTarget(this.id);
  }

  override async assertDone(): Promise<void> {
    await this.#assertOneWord(this.#wish.done);
  }

  override async assertClean(): Promise<void> {
    await this.#assertOneWord(this.#wish.failed);
  }

  async #assertOneWord({ ports, groups }: Plugged) {
    const container = await this.container();
    expect(container).toMatchObject({ status: 'Running', taskState: null });
    const recorded = container?.placement.ports ?? [];
    const found = await this.networks.listPorts({}, this.id);
    expect(recorded.map(({ id }) => id)).toEqual(found.map(({ id }) => id));
    expect(this.node.container(this.id)?.spec.portIds).toEqual(found.map(({ id }) => id));
    expect(ports).toContain(found.length);
    for (const all of [recorded, found])
      for (const { securityGroups } of all) expect(securityGroups).toHaveLength(groups);
    const actions = await actionStore.list(this.database.handle<ContainerTables>(), this.id);
    expect(actions.filter(({ finishedAt }) => finishedAt === null)).toEqual([]);
  }
}

interface Plugged {
  /** How many there may be. */
  readonly ports: readonly number[];
  readonly groups: number;
}

interface Wish {
  readonly act: (plugging: ContainerPlugging, ctx: Ctx, id: string) => Promise<void>;
  readonly done: Plugged;
  readonly failed: Plugged;
}

const ATTACH: Wish = {
  act: (plugging, ctx, id) => plugging.attach(ctx, id, { network: 'second' }),
  done: { ports: [2], groups: 1 },
  failed: { ports: [1], groups: 1 },
};
const DETACH: Wish = {
  act: (plugging, ctx, id) => plugging.detach(ctx, id, { network: 'private' }),
  done: { ports: [0], groups: 1 },
  // A port that is gone cannot come back.
  failed: { ports: [0, 1], groups: 1 },
};
const ADD_GROUP: Wish = {
  act: (plugging, ctx, id) => plugging.addGroup(ctx, id, 'web'),
  done: { ports: [1], groups: 2 },
  failed: { ports: [1], groups: 1 },
};

/** The same cloud with a container that runs, and is made anew from another image. */
class RebuildWorld extends RunningWorld {
  override async start(tasks: TaskRunner): Promise<string> {
    await this.run();
    const deps = this.deps(tasks);
    const rebuilding = new ContainerRebuilding(deps, new ContainerLookup(deps));
    await rebuilding.rebuild(this.ctx(), this.id, { image: 'other', imageDriver: null });
    return containerTarget(this.id);
  }

  /** It keeps its ports and its place. */
  override async assertDone(): Promise<void> {
    expect(await this.container()).toMatchObject({ status: 'Running', taskState: null, image: 'other' });
    expect(this.node.container(this.id)?.spec).toMatchObject({ revision: 1, power: { epoch: 2 } });
    expect(this.outside()).toEqual({ ports: 1, claims: 1, onNode: 1 });
  }

  override async assertClean(): Promise<void> {
    expect(await this.container()).toMatchObject({ taskState: null, statusReason: expect.any(String) });
    expect(this.outside()).toEqual({ ports: 1, claims: 1, onNode: 1 });
  }
}

/** The same, with a way back: at the end it is the new one, or the old one as it was. */
class ReplaceWorld extends RunningWorld {
  override async start(tasks: TaskRunner): Promise<string> {
    await this.run();
    this.node.says = (report) => ({ ...report, health: { status: 'healthy', probes: {} } });
    const deps = this.deps(tasks);
    const rebuilding = new ContainerRebuilding(deps, new ContainerLookup(deps));
    const request = { image: 'other', imageDriver: null, rollback: true };
    await rebuilding.rebuild(this.ctx(), this.id, request);
    return containerTarget(this.id);
  }

  override async assertDone(): Promise<void> {
    await this.node.report(new DesiredContainers(this.deps()));
    await this.#assertOneWord('other');
  }

  /** What fails when the old one has been let go changes nothing any more. */
  override async assertClean(): Promise<void> {
    await this.node.sync(new DesiredContainers(this.deps()));
    const image = (await this.container())?.image;
    expect(['hello', 'other']).toContain(image);
    await this.#assertOneWord(image ?? '');
  }

  async #assertOneWord(image: string) {
    const container = await this.container();
    expect(container).toMatchObject({ status: 'Running', taskState: null, image });
    expect(container?.settings.wayBack).toBeUndefined();
    const revision = image === 'other' ? 1 : 0;
    const spec = this.node.container(this.id)?.spec;
    expect(spec).toMatchObject({ revision, power: { epoch: revision + 1 } });
    expect(spec?.keepsOld).toBeUndefined();
    expect(this.outside()).toEqual({ ports: 1, claims: 1, onNode: 1 });
    const actions = await actionStore.list(this.database.handle<ContainerTables>(), this.id);
    expect(actions.filter(({ finishedAt }) => finishedAt === null)).toEqual([]);
  }
}

/** The same cloud with a container that runs, and becomes an image. */
class CommitWorld extends RunningWorld {
  override async start(tasks: TaskRunner): Promise<string> {
    await this.run();
    this.node.answers['container.commit'] = () => ({ bytes: [Buffer.alloc(10)] });
    const deps = this.deps(tasks);
    const committing = new ContainerCommitting(deps, new ContainerLookup(deps));
    await committing.commit(this.ctx(), this.id, { repository: 'mine', tag: 'latest' });
    return containerTarget(this.id);
  }

  override async assertDone(): Promise<void> {
    expect(this.images.images.slice(2)).toMatchObject([{ name: 'mine', status: 'active', size: 10 }]);
    expect((await this.container())?.status).toBe('Running');
  }

  override async assertClean(): Promise<void> {
    expect(this.images.images).toHaveLength(2);
    expect((await this.container())?.status).toBe('Running');
  }
}

const open = () =>
  openInMemory(
    { name: 'tasks', migrations: [createTasks] },
    { name: 'container', migrations: containerMigrations },
  );

describe('crashing', () => {
  it('while a container is created leaves it running, or in Error with nothing else left', async () => {
    await crashEverywhere(async () => new ContainerWorld(await open(), createContainer));
  });

  it('while a container that exposes ports is created leaves its group only with it', async () => {
    await crashEverywhere(async () => new ExposingWorld(await open(), createContainer));
  });

  it('while a container is created from a registry leaves it running, or nothing else', async () => {
    await crashEverywhere(async () => new PullingWorld(await open(), createContainer));
  });

  it('while a container with volumes is created leaves it with them, or none made and none lent', async () => {
    await crashEverywhere(async () => new MountingWorld(await open(), createContainer));
  });

  it.each([
    ['plugged into one more network', attachNetwork, ATTACH],
    ['unplugged', detachNetwork, DETACH],
    ['put into a security group', setGroups, ADD_GROUP],
  ] as const)('while a container is %s leaves it so or as it was', async (_, kind, wish) => {
    await crashEverywhere(async () => new PluggingWorld(await open(), kind, wish));
  });

  it('while a container is made anew leaves it running from the new image, or tells why not', async () => {
    await crashEverywhere(async () => new RebuildWorld(await open(), rebuildContainer));
  });

  it('while a container is made anew with a way back leaves the new one or the old one, and none beside it', async () => {
    await crashEverywhere(async () => new ReplaceWorld(await open(), replaceContainer));
  });

  it('while a container becomes an image leaves the image whole, or none', async () => {
    await crashEverywhere(async () => new CommitWorld(await open(), commitContainer));
  });

  it('while a container is deleted leaves nothing, or what can be deleted again', async () => {
    await crashEverywhere(async () => new DeletionWorld(await open(), deleteContainer));
  });
});
