import { describe, expect, it } from 'vitest';
import { systemClock } from '#kernel/clock.ts';
import { systemCtx, type Ctx } from '#kernel/context.ts';
import type { Database } from '#kernel/db/database.ts';
import { silentLogger } from '#kernel/log.ts';
import { Policy } from '#kernel/policy/policy.ts';
import { init as createTasks } from '#kernel/tasks/migrations/0001-init.ts';
import type { TaskRunner } from '#kernel/tasks/runner.ts';
import { isParked, type TaskKind } from '#kernel/tasks/task.ts';
import { EnvelopeVault } from '#kernel/vault/vault.ts';
import { crashEverywhere, type World } from '#test/support/crash-everywhere.ts';
import { openInMemory } from '#test/support/databases.ts';
import { FakeImages, FakeLimits, FakeNetworks, FakeNode, FakePlacement } from '#test/support/fake-ports.ts';
import { FakeSecrets, FakeVolumes } from '#test/support/fake-volumes.ts';
import { containerMigrations } from '../migrations/all.ts';
import { capsuleStatus, capsuleTarget, type CapsuleWithMembers } from '../model/capsule.ts';
import { containerPolicy } from '../policy.ts';
import type { CapsuleTemplate } from '../schema/capsule.ts';
import { CapsuleCreation } from '../service/capsule-creation.ts';
import { CapsuleService } from '../service/capsules.ts';
import type { ContainerDeps } from '../service/deps.ts';
import { DesiredContainers } from '../service/desired-containers.ts';
import { createCapsule } from './create-capsule.ts';
import { deleteCapsule } from './delete-capsule.ts';

const LENT = '00000000-0000-4000-8000-000000000001';
const TEMPLATE: CapsuleTemplate = {
  kind: 'capsule',
  metadata: { name: 'pod' },
  spec: {
    volumes: [
      { name: 'lent', cinder: { volumeID: LENT } },
      { name: 'made', cinder: { size: 1, autoRemove: true } },
    ],
    initContainers: [{ image: 'hello', volumeMounts: [{ name: 'made', mountPath: '/data' }] }],
    containers: [
      { image: 'hello', ports: [{ containerPort: 80 }] },
      {
        image: 'hello',
        volumeMounts: [
          { name: 'made', mountPath: '/data' },
          { name: 'lent', mountPath: '/lent' },
        ],
      },
    ],
  },
};

/** But for the volume that was there before. */
const NOTHING = { ports: 0, exposed: 0, claims: 0, onNode: 0, volumes: 1, attachments: 0 };

/** A cloud of one node, where something is done to one capsule of three. */
class CapsuleWorld implements World {
  readonly database: Database;
  readonly kind: TaskKind;
  readonly node = new FakeNode('node-1');
  readonly networks = new FakeNetworks('private');
  readonly placement = new FakePlacement('node-1');
  readonly volumes = new FakeVolumes();
  protected id = '';

  constructor(database: Database, makeKind: (deps: ContainerDeps) => TaskKind) {
    this.database = database;
    this.volumes.add({ id: LENT });
    this.kind = makeKind(this.deps());
    // Whatever waits for nothing else is an init container: it ends at once, and well.
    this.node.says = (report) =>
      this.node.container(report.id)?.spec.after
        ? report
        : { ...report, status: 'stopped', exitCode: 0, finishedAt: report.startedAt };
  }

  deps(tasks?: TaskRunner): ContainerDeps {
    return {
      database: this.database,
      identity: new FakeLimits(),
      images: new FakeImages('hello'),
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
      containerImages: { driver: 'glance', defaultRegistry: null, registries: [], logins: [] },
      tasks: tasks ?? { start: async () => 'never', nudge() {}, wake: async () => {} },
    };
  }

  ctx(): Ctx {
    const project = { id: 'p1', name: 'p1', domain: { id: 'default', name: 'Default' } };
    return { ...systemCtx('req-1', this.deps()), project, microversion: { major: 1, minor: 40 } };
  }

  async create(tasks?: TaskRunner): Promise<void> {
    const { capsule } = await new CapsuleCreation(this.deps(tasks)).create(this.ctx(), TEMPLATE);
    this.id = capsule.id;
  }

  async start(tasks: TaskRunner): Promise<string> {
    await this.create(tasks);
    return capsuleTarget(this.id);
  }

  /** The node does what it was told and says so. */
  async meanwhile(tasks: TaskRunner): Promise<void> {
    await this.node.report(new DesiredContainers(this.deps(tasks)));
  }

  capsule(): Promise<CapsuleWithMembers> {
    return new CapsuleService(this.deps()).get(this.ctx(), this.id, false);
  }

  async assertDone(): Promise<void> {
    expect(capsuleStatus(await this.capsule())).toBe('Running');
    const held = { volumes: 2, attachments: 2 };
    expect(this.outside()).toEqual({ ports: 1, exposed: 1, claims: 1, onNode: 3, ...held });
  }

  async assertClean(): Promise<void> {
    const { capsule, members } = await this.capsule();
    expect(capsule).toMatchObject({ phase: 'error', host: null });
    expect(capsule.reason).not.toBeNull();
    expect(members).toHaveLength(3);
    expect(members.map(({ status, host }) => [status, host])).toEqual(members.map(() => ['Error', null]));
    expect(this.outside()).toEqual(NOTHING);
  }

  outside() {
    return {
      ports: this.networks.ports.size,
      exposed: this.networks.open.size,
      claims: this.placement.claims.size,
      onNode: this.node.objects.size,
      volumes: this.volumes.volumes.size,
      attachments: this.volumes.attachments.size,
    };
  }

  close(): Promise<void> {
    return this.database.close();
  }
}

/** The same cloud with a capsule that runs, and is deleted. */
class DeletionWorld extends CapsuleWorld {
  override async start(tasks: TaskRunner): Promise<string> {
    await this.create();
    await this.#runIt();
    await new CapsuleService(this.deps(tasks)).delete(this.ctx(), this.id, false);
    return capsuleTarget(this.id);
  }

  /** Carries the creating task through, without a runner. */
  async #runIt(): Promise<void> {
    const outputs: Record<string, unknown> = {};
    const { signal } = new AbortController();
    const run = {
      id: 't',
      target: '',
      input: { id: this.id },
      ctx: this.ctx(),
      outputs,
      attempt: 1,
      rests: () => undefined,
      signal,
    };
    const kind = createCapsule(this.deps());
    for (const step of kind.steps) {
      outputs[step.name] = await step.run(run);
      if (isParked(outputs[step.name])) outputs[step.name] = await step.run(run);
    }
    await this.node.report(new DesiredContainers(this.deps()));
    await kind.finished?.(run);
  }

  override async assertDone(): Promise<void> {
    await expect(this.capsule()).rejects.toMatchObject({ kind: 'not-found' });
    expect(this.outside()).toEqual(NOTHING);
  }

  /** It may be deleted again: whatever is left is the row's. */
  override async assertClean(): Promise<void> {
    expect((await this.capsule()).capsule.phase).toBe('error');
  }
}

const open = () =>
  openInMemory(
    { name: 'tasks', migrations: [createTasks] },
    { name: 'container', migrations: containerMigrations },
  );

describe('crashing', () => {
  it('while a capsule is created leaves it running, or in Error with nothing else left', async () => {
    await crashEverywhere(async () => new CapsuleWorld(await open(), createCapsule));
  });

  it('while a capsule is deleted leaves nothing, or what can be deleted again', async () => {
    await crashEverywhere(async () => new DeletionWorld(await open(), deleteCapsule));
  });
});
