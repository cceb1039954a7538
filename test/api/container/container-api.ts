import { containerPolicy } from '#services/container/policy.ts';
import { containerTasks, createContainerService } from '#services/container/index.ts';
import { systemClock } from '#kernel/clock.ts';
import { Database } from '#kernel/db/database.ts';
import { migrate } from '#kernel/db/migrate.ts';
import { silentLogger } from '#kernel/log.ts';
import { Policy } from '#kernel/policy/policy.ts';
import { init as createTasks } from '#kernel/tasks/migrations/0001-init.ts';
import { TaskRunner } from '#kernel/tasks/runner.ts';
import { createVault } from '#kernel/vault/migrations/0001-vault.ts';
import { EnvelopeVault } from '#kernel/vault/vault.ts';
import type { ContainerImages } from '#services/container/service/deps.ts';
import { FakeSecrets, FakeVolumes } from '#test/support/fake-volumes.ts';
import type { DesiredSource } from '#services/placement/port.ts';
import { HeardQuestions } from '#test/support/heard-questions.ts';
import type { Route } from '#kernel/http/route.ts';
import { serveApi, type ApiAnswer, type ApiCall, type TestApi } from '#test/support/api.ts';
import { FakeImages, FakeLimits, FakeNetworks, FakeNode, FakePlacement } from '#test/support/fake-ports.ts';

export const LATEST = { 'openstack-api-version': 'container 1.40' };

export interface ContainerApi extends AsyncDisposable {
  readonly api: TestApi;
  readonly routes: readonly Route[];
  readonly node: FakeNode;
  readonly images: FakeImages;
  readonly networks: FakeNetworks;
  readonly policy: Policy;
  readonly placement: FakePlacement;
  readonly volumeFakes: FakeVolumes;
  readonly secretFakes: FakeSecrets;
  readonly tasks: TaskRunner;
  readonly desired: DesiredSource;
  /** What it answers to nodes. */
  readonly questions: HeardQuestions;
  readonly database: Database;
  readonly events: string[];
  /** A call in the newest version. */
  call(method: string, path: string, call?: ApiCall): Promise<ApiAnswer>;
  /** Lets the tasks and the node do what they can. */
  settle(): Promise<void>;
}

/** The container service over fakes of its neighbours, with real tasks. */
export async function serveContainers(containerImages: Partial<ContainerImages> = {}): Promise<ContainerApi> {
  const database = Database.open({ kind: 'sqlite', path: ':memory:' });
  const policy = new Policy(containerPolicy);
  const node = new FakeNode('node-1');
  const fakes = {
    identity: new FakeLimits(),
    images: new FakeImages('hello'),
    networks: new FakeNetworks('private'),
    placement: new FakePlacement('node-1'),
  };
  const events: string[] = [];
  const volumeFakes = new FakeVolumes();
  const secretFakes = new FakeSecrets();
  const deps = {
    ...fakes,
    volumes: () => volumeFakes,
    secrets: () => secretFakes,
    database,
    policy,
    clock: systemClock,
    log: silentLogger,
    nodes: node,
    defaultRuntime: 'crun',
    vault: new EnvelopeVault({ database, masterKeys: [Buffer.alloc(32, 2)] }),
    consoles: { ticketSeconds: 60, origins: [] },
    containerImages: {
      driver: 'glance',
      defaultRegistry: null,
      registries: [],
      logins: [],
      ...containerImages,
    } as const,
    events: {
      append: async (_tx: unknown, event: { type: string }) => void events.push(event.type),
      publish() {},
    },
  };
  const tasks = new TaskRunner({
    database,
    clock: systemClock,
    log: silentLogger,
    kinds: containerTasks(deps),
  });
  const { service, desired: sources, answer } = createContainerService({ ...deps, tasks });
  const desired = together(sources);
  const questions = new HeardQuestions();
  answer(questions);
  await migrate(database, [
    { name: 'tasks', migrations: [createTasks] },
    { name: 'vault', migrations: [createVault] },
  ]);
  const api = await serveApi({ database, rules: containerPolicy, services: () => [service] });
  const call = (method: string, path: string, { headers, ...rest }: ApiCall = {}) =>
    api.call(method, `/container/v1${path}`, { ...rest, headers: { ...LATEST, ...headers } });
  async function settle() {
    await tasks.idle();
    await node.report(desired);
    await tasks.idle();
    await node.report(desired);
    await tasks.idle();
  }
  return {
    policy,
    api,
    routes: service.routes,
    node,
    ...fakes,
    volumeFakes,
    secretFakes,
    tasks,
    desired,
    questions,
    database,
    events,
    call,
    settle,
    async [Symbol.asyncDispose]() {
      await tasks.stop();
      await api[Symbol.asyncDispose]();
      await database.close();
    },
  };
}

const together = (sources: readonly DesiredSource[]): DesiredSource => ({
  kinds: sources.flatMap(({ kinds }) => kinds),
  list: async (host) => (await Promise.all(sources.map((source) => source.list(host)))).flat(),
  async observed(...report) {
    for (const source of sources) await source.observed(...report);
  },
});
