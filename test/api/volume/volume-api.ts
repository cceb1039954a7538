import { systemClock, type Clock } from '#kernel/clock.ts';
import type { NewAuditRecord } from '#kernel/audit/record.ts';
import type { Database } from '#kernel/db/database.ts';
import type { Principal } from '#kernel/http/auth.ts';
import { silentLogger } from '#kernel/log.ts';
import { Policy } from '#kernel/policy/policy.ts';
import { init as createTasks } from '#kernel/tasks/migrations/0001-init.ts';
import { TaskRunner } from '#kernel/tasks/runner.ts';
import type { DesiredSource } from '#services/placement/port.ts';
import type { VolumePort } from '#services/volume/port.ts';
import { createVolumeService, volumeTasks } from '#services/volume/index.ts';
import { volumePolicy } from '#services/volume/policy.ts';
import { Units } from '#services/volume/service/units.ts';
import { aCaller, serveApi, type ApiAnswer, type ApiCall } from '#test/support/api.ts';
import type { OpenDatabase } from '#test/support/databases.ts';
import { FakeBackups } from '#test/support/fake-backups.ts';
import { FakeDiskImages } from '#test/support/fake-disk-images.ts';
import { FakeNodes } from '#test/support/fake-nodes.ts';

export const HOST = 'node-1';
export const owner = aCaller('p1');
export const at = (version: string) => ({ 'openstack-api-version': `volume ${version}` });

export interface VolumeApi {
  readonly database: Database;
  readonly nodes: FakeNodes;
  readonly images: FakeDiskImages;
  readonly backups: FakeBackups;
  readonly desired: DesiredSource;
  readonly port: VolumePort;
  readonly limits: Record<string, number>;
  readonly events: string[];
  /** What the nodes' work came to, for the audit. */
  readonly ends: NewAuditRecord[];
  /** A call by the owner, in the newest version, unless said otherwise. */
  call(method: string, path: string, call?: ApiCall): Promise<ApiAnswer>;
  /** POSTs `body` and returns the answer's only object. Fails unless it is a success. */
  // A test looks into whatever came back.
  // oxlint-disable-next-line typescript/no-explicit-any
  make(path: string, body: object, as?: Principal): Promise<any>;
  action(path: string, body: object, as?: Principal): Promise<ApiAnswer>;
  /** Lets tasks and the node do what they can. */
  settle(): Promise<void>;
  // oxlint-disable-next-line typescript/no-explicit-any
  show(path: string): Promise<any>;
  volume(body?: object): Promise<string>;
}

/** The volume service over fakes of its neighbours, with real tasks. Closed with its database. */
export async function serveVolumes(open: OpenDatabase, clock: Clock = systemClock): Promise<VolumeApi> {
  const database = await open({ name: 'tasks', migrations: [createTasks] });
  const nodes = new FakeNodes(HOST);
  nodes.volumeBackends = [{ name: 'file', total: 100, free: 100, thin: false }];
  const images = new FakeDiskImages();
  const backups = new FakeBackups();
  const limits: Record<string, number> = {};
  const events: string[] = [];
  const ends: NewAuditRecord[] = [];
  const kit = { database, nodes, images, backups, clock, log: silentLogger };
  const deps = {
    ...kit,
    policy: new Policy(volumePolicy),
    limits: async () => limits,
    audit: { write: async (_tx: unknown, record: NewAuditRecord) => void ends.push(record) },
    events: {
      append: async (_tx: unknown, event: { type: string }) => void events.push(event.type),
      publish() {},
    },
  };
  const units = new Units(deps);
  const tasks = new TaskRunner({
    database,
    clock: systemClock,
    log: silentLogger,
    kinds: volumeTasks(deps, units),
  });
  const { service, port, desired } = createVolumeService({ ...deps, tasks }, units);
  nodes.attaching = desired;
  const api = await serveApi({ database, rules: volumePolicy, services: () => [service] });
  const call = (method: string, path: string, { headers, as = owner, ...rest }: ApiCall = {}) =>
    api.call(method, `/volume/v3${path}`, { as, ...rest, headers: { ...at('3.70'), ...headers } });
  const make: VolumeApi['make'] = async (path, body, as = owner) => {
    const answer = await call('POST', path, { body, as });
    if (answer.status >= 300) throw new Error(`POST ${path}: ${answer.status} ${answer.text}`);
    return Object.values(answer.body)[0];
  };
  async function settle() {
    for (let round = 0; round < 3; round++) {
      await tasks.idle();
      await nodes.reportReady(desired, HOST);
    }
    await tasks.idle();
  }
  return {
    database,
    nodes,
    images,
    backups,
    desired,
    port,
    limits,
    events,
    ends,
    call,
    make,
    settle,
    action: (path, body, as = owner) => call('POST', `${path}/action`, { body, as }),
    show: async (path) => Object.values((await call('GET', path)).body)[0],
    async volume(body = {}) {
      const { id } = await make('/volumes', { volume: { size: 1, ...body } });
      await settle();
      return id;
    },
  };
}
