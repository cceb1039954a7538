import { systemClock } from '#kernel/clock.ts';
import type { Database } from '#kernel/db/database.ts';
import { silentLogger } from '#kernel/log.ts';
import { init as createTasks } from '#kernel/tasks/migrations/0001-init.ts';
import { TaskRunner } from '#kernel/tasks/runner.ts';
import { createVault } from '#kernel/vault/migrations/0001-vault.ts';
import { EnvelopeVault } from '#kernel/vault/vault.ts';
import { createAuthorities, createSecretService, secretTasks } from '#services/secret/index.ts';
import { secretPolicy } from '#services/secret/policy.ts';
import type { AuthorityPort, SecretPort } from '#services/secret/port.ts';
import { aCaller, serveApi, type ApiAnswer, type ApiCall, type TestApi } from '#test/support/api.ts';
import { openInMemory } from '#test/support/databases.ts';
import type { ManualClock } from '#test/support/manual-clock.ts';

const SCHEMAS = [
  { name: 'tasks', migrations: [createTasks] },
  { name: 'vault', migrations: [createVault] },
];
export const MASTER_KEY = Buffer.alloc(32, 7);
export const NEWEST = { 'openstack-api-version': 'key-manager latest' };

export const member = aCaller('p1', ['member', 'reader'], 'alice');
export const colleague = aCaller('p1', ['member', 'reader'], 'bob');
export const stranger = aCaller('p2', ['member', 'reader'], 'mallory');
export const projectAdmin = aCaller('p1', ['admin', 'member', 'reader'], 'root');

export interface SecretApi extends AsyncDisposable {
  readonly api: TestApi;
  readonly tasks: TaskRunner;
  readonly port: SecretPort;
  readonly authorities: AuthorityPort;
  readonly database: Database;
  /** A call below `/key-manager/v1`, or on a reference that the API gave. */
  call(method: string, path: string, call?: ApiCall): Promise<ApiAnswer>;
  /** The reference of a new secret of Alice's. */
  store(fields?: object, as?: ApiCall['as']): Promise<string>;
  /** An order of Alice's when nothing is left to do for it. */
  order(type: string, meta: object): Promise<ApiAnswer>;
}

/** The secret service alone, with a task runner and a vault of its own. */
export async function serveSecrets(
  clock: ManualClock | typeof systemClock = systemClock,
): Promise<SecretApi> {
  const database = await openInMemory(...SCHEMAS);
  const vault = new EnvelopeVault({ database, masterKeys: [MASTER_KEY] });
  const made: Partial<Pick<SecretApi, 'tasks' | 'port' | 'authorities'>> = {};
  const api = await serveApi({
    rules: secretPolicy,
    database,
    clock,
    services({ policy }) {
      const kit = { database, policy, vault, clock };
      const deps = { ...kit, authorities: createAuthorities(kit) };
      const tasks = new TaskRunner({ database, clock, log: silentLogger, kinds: secretTasks(deps) });
      const { service, port } = createSecretService({ ...deps, tasks });
      Object.assign(made, { tasks, port, authorities: deps.authorities });
      return [service];
    },
  });
  const { tasks, port, authorities } = made as Required<typeof made>;
  const call: SecretApi['call'] = (method, path, options = {}) => {
    const at = path.startsWith('http') ? path.slice(path.indexOf('/key-manager')) : `/key-manager/v1${path}`;
    return api.call(method, at, { as: member, ...options });
  };
  const expectRef = (answer: ApiAnswer, name: string): string => {
    if (answer.status >= 300) throw new Error(`${answer.status} ${answer.text}`);
    return String(answer.body[name]);
  };
  return {
    api,
    tasks,
    port,
    authorities,
    database,
    call,
    store: async (fields = { name: 'own' }, as = member) =>
      expectRef(await call('POST', '/secrets', { as, body: fields }), 'secret_ref'),
    async order(type, meta) {
      const ref = expectRef(await call('POST', '/orders', { body: { type, meta } }), 'order_ref');
      await tasks.idle();
      return call('GET', ref);
    },
    async [Symbol.asyncDispose]() {
      await tasks.stop();
      await api[Symbol.asyncDispose]();
      await database.close();
    },
  };
}

export const text = (payload: string) => ({ payload, payload_content_type: 'text/plain' });
export const binary = (bytes: Uint8Array) => ({
  payload: Buffer.from(bytes).toString('base64'),
  payload_content_type: 'application/octet-stream',
  payload_content_encoding: 'base64',
});
