import { systemClock } from '#kernel/clock.ts';
import type { Database } from '#kernel/db/database.ts';
import { EventLog } from '#kernel/events/event-log.ts';
import { init as createEvents } from '#kernel/events/migrations/0001-init.ts';
import { silentLogger } from '#kernel/log.ts';
import { init as createTasks } from '#kernel/tasks/migrations/0001-init.ts';
import { TaskRunner } from '#kernel/tasks/runner.ts';
import {
  createOrchestrationService,
  createResourceTypes,
  orchestrationTasks,
} from '#services/orchestration/index.ts';
import { orchestrationPolicy } from '#services/orchestration/policy.ts';
import type { SignedRequest } from '#services/orchestration/service/deps.ts';
import { ResourceTypes } from '#services/orchestration/resources/registry.ts';
import type { Cloud, ResourceType } from '#services/orchestration/resources/resource-type.ts';
import { aCaller, serveApi, type ApiAnswer, type ApiCall, type TestApi } from '#test/support/api.ts';
import type { OpenDatabase } from '#test/support/databases.ts';

const SCHEMAS = [
  { name: 'tasks', migrations: [createTasks] },
  { name: 'events', migrations: [createEvents] },
];

export const member = aCaller('p1', ['member', 'reader'], 'alice');
export const reader = aCaller('p1', ['reader'], 'bob');
export const stranger = aCaller('p2', ['member', 'reader'], 'mallory');
export const administrator = aCaller('p1', ['admin', 'member', 'reader'], 'root');

export type Resources = Readonly<Record<string, object>>;

/** A template of the newest version. */
export const templateOf = (resources: Resources, more: object = {}) => ({
  heat_template_version: '2021-04-16',
  resources,
  ...more,
});

export const text = (value: unknown, more: object = {}) => ({
  type: 'OS::Heat::TestResource',
  properties: { value, ...more },
});

export interface StackApi extends AsyncDisposable {
  readonly api: TestApi;
  readonly database: Database;
  /** A call below `/orchestration/v1/<project>`, or to an address that the API gave. */
  call(method: string, path: string, call?: ApiCall): Promise<ApiAnswer>;
  /** Makes a stack and waits until nothing is left to do. @returns its path: `/stacks/<name>/<id>` */
  create(resources: Resources, fields?: object): Promise<string>;
  /** What `GET` shows of it. */
  show(path: string): Promise<ApiAnswer['body']>;
  /** Until nothing is left to do. */
  idle(): Promise<void>;
}

/** A cloud that says where its services are, and has none of them. */
const CATALOG_ALONE: Cloud = {
  async call({ path }) {
    if (path !== '/auth/catalog') throw new Error('There is no cloud.');
    const entry = (type: string) => ({
      type,
      endpoints: [{ interface: 'public', url: `http://cloud.test/${type}/v1` }],
    });
    const catalog = ['orchestration', 'cloudformation'].map(entry);
    return { status: 200, headers: {}, body: { catalog } };
  },
  keys: { add: async () => undefined, remove: async () => undefined },
};

/** The orchestration service alone, with a task runner of its own that works on so many at once, and no cloud around it. */
export async function serveStacks(
  open: OpenDatabase,
  ownTypes: readonly ResourceType[] = [],
  places = 64,
): Promise<StackApi> {
  const database = await open(...SCHEMAS);
  let runner: TaskRunner | undefined;
  const api = await serveApi({
    rules: orchestrationPolicy,
    database,
    services(kit) {
      const deps = {
        ...kit,
        events: new EventLog({ database, clock: systemClock }),
        types: new ResourceTypes([...createResourceTypes({ dockerEndpoints: [] }).all, ...ownTypes]),
        region: 'RegionOne',
        worker: 'control',
        signer: async ({ access, signature }: SignedRequest) =>
          signature === `signed by ${access}` ? aCaller(access, ['member']) : undefined,
        cloudOf: () => CATALOG_ALONE,
      };
      const kinds = orchestrationTasks(deps);
      runner = new TaskRunner({
        database,
        clock: systemClock,
        log: silentLogger,
        kinds,
        worker: 'control',
        concurrency: places,
      });
      return createOrchestrationService({ ...deps, tasks: runner });
    },
  });
  const tasks = runner as TaskRunner;
  const call: StackApi['call'] = (method, path, options = {}) => {
    const as = options.as ?? member;
    const at = path.startsWith('http')
      ? path.slice(path.indexOf('/orchestration'))
      : `/orchestration/v1/${as.project?.id}${path}`;
    return api.call(method, at, { as, ...options });
  };
  return {
    api,
    database,
    call,
    idle: () => tasks.idle(),
    async create(resources, fields = {}) {
      const body = { stack_name: 'one', template: templateOf(resources), ...fields };
      const made = await call('POST', '/stacks', { body });
      if (made.status !== 201) throw new Error(`${made.status} ${made.text}`);
      await tasks.idle();
      return `/stacks/${body.stack_name}/${made.body.stack.id}`;
    },
    show: async (path) => (await call('GET', path)).body.stack,
    async [Symbol.asyncDispose]() {
      await tasks.stop();
      await api[Symbol.asyncDispose]();
    },
  };
}
