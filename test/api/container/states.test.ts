import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { aCaller, anAdmin, type ApiCall } from '#test/support/api.ts';
import type { ContainerTables } from '#services/container/tables.ts';
import { serveContainers, type ContainerApi } from './container-api.ts';

const STATUSES = [
  'Creating',
  'Created',
  'Running',
  'Stopped',
  'Paused',
  'Restarting',
  'Rebuilding',
  'Deleting',
  'Deleted',
  'Dead',
  'Error',
  'Unknown',
];
const RUNNING = ['Running'];
const ALTERABLE = ['Created', 'Running', 'Stopped', 'Paused'];
const REBOOTABLE = ['Created', 'Running', 'Stopped', 'Error'];
const DELETABLE = ['Created', 'Error', 'Stopped', 'Deleted', 'Dead'];
const TAR = Buffer.alloc(1024).toString('base64');

interface Line {
  readonly action: string;
  readonly call: readonly [method: string, path: string, call?: ApiCall];
  readonly allowed: readonly string[];
  readonly status: number;
}
const line = (action: string, call: Line['call'], allowed: readonly string[], status = 202): Line => ({
  action,
  call,
  allowed,
  status,
});

/** Zun's table of actions and states; a new action is one line. */
const TABLE: readonly Line[] = [
  line('start', ['POST', '/start'], ['Created', 'Stopped', 'Error']),
  line('stop', ['POST', '/stop'], RUNNING),
  line('pause', ['POST', '/pause'], RUNNING),
  line('unpause', ['POST', '/unpause'], ['Paused']),
  line('kill', ['POST', '/kill'], RUNNING),
  line('reboot', ['POST', '/reboot'], REBOOTABLE),
  line('rebuild', ['POST', '/rebuild'], REBOOTABLE),
  line('execute', ['POST', '/execute?command=ls'], RUNNING, 200),
  line('top', ['GET', '/top'], RUNNING, 200),
  line('stats', ['GET', '/stats'], RUNNING, 200),
  line('logs', ['GET', '/logs'], ['Created', 'Error', 'Paused', 'Running', 'Stopped', 'Unknown'], 200),
  line('update', ['PATCH', '', { body: { memory: '256' } }], ALTERABLE, 200),
  line('resize_container', ['POST', '/resize_container', { body: { cpu: '2' } }], ALTERABLE),
  line('commit', ['POST', '/commit?repository=mine'], ['Running', 'Stopped', 'Paused']),
  line('get_archive', ['GET', '/get_archive?path=/etc'], ALTERABLE, 200),
  line('put_archive', ['POST', '/put_archive?path=/etc', { body: { data: TAR } }], ALTERABLE, 200),
  line('network_list', ['GET', '/network_list'], STATUSES, 200),
  line('container_actions', ['GET', '/container_actions'], STATUSES, 200),
  line('delete', ['DELETE', ''], DELETABLE, 204),
  line('delete', ['DELETE', '?stop=true'], ['Running', ...DELETABLE], 204),
  line(
    'delete',
    ['DELETE', '?force=true', { as: anAdmin('p1') }],
    // Paused, too: who forces it is not to be asked to unpause it first.
    [...DELETABLE, 'Creating', 'Running', 'Paused', 'Unknown', 'Restarting', 'Rebuilding', 'Deleting'],
    204,
  ),
];

const as = aCaller('p1');
let cloud: ContainerApi;
let id: string;

beforeAll(async () => {
  cloud = await serveContainers();
  cloud.node.answers['container.exec'] = () => ({ output: '', exitCode: 0 });
  cloud.node.answers['container.top'] = () => ({ titles: [], processes: [] });
  cloud.node.answers['container.stats'] = () => ({ cpuPercent: 0, memoryUsed: 0, memoryLimit: 1 });
  cloud.node.answers['container.logs'] = () => [];
});
afterAll(() => cloud[Symbol.asyncDispose]());

beforeEach(async () => {
  const body = { image: 'hello', name: 'web' };
  id = (await cloud.call('POST', '/containers?run=true', { as, body })).body.uuid;
  await cloud.settle();
});
afterEach(async () => {
  await cloud.tasks.idle();
  await cloud.database.handle<ContainerTables>().deleteFrom('container').execute();
  cloud.node.objects.clear();
});

const force = (status: string) =>
  cloud.database
    .handle<ContainerTables>()
    .updateTable('container')
    .set({ status, task_state: null })
    .where('id', '=', id)
    .execute();

describe.each(TABLE)(
  '$action by $call.0 $call.1',
  ({ action, call: [method, path, call], allowed, status }) => {
    it.each(STATUSES)('of a container that is %s', async (state) => {
      await force(state);
      const answer = await cloud.call(method, `/containers/${id}${path}`, { as, ...call });
      if (allowed.includes(state)) return expect([answer.status, answer.text]).toEqual([status, answer.text]);
      expect(answer.status).toBe(409);
      expect(answer.body.errors[0].title).toBe(`Cannot ${action} container ${id} in ${state} state.`);
    });
  },
);
