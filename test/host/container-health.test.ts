import { readFile, rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RESTING, type CloudUser } from '#test/support/cloud-user.ts';
import { RealCloud } from '#test/support/real-cloud.ts';
import { until } from '#test/support/until.ts';

/** Containers that are well, are not, and become well again, on a whole cloud whose node is killed meanwhile. */
const PATIENCE = { limitMs: 120_000, everyMs: 100 };
const QUICK = { interval: 1, timeout: 2 };

interface Health {
  readonly status: string | null;
  readonly restart_count: number;
  readonly probes: Record<string, { readonly state: string; readonly output: string }>;
}

let cloud: RealCloud;
let user: CloudUser;

beforeAll(async () => {
  cloud = await RealCloud.start();
  user = await cloud.signIn();
});
afterAll(() => cloud.close());

const health = (id: string) => user.client.get<Health>('container', `/containers/${id}/health`);
const untilHealth = (id: string, is: (health: Health) => boolean) =>
  until('the container is as it should be', async () => is(await health(id)), PATIENCE);
const create = (body: object) =>
  user.client.post<{ uuid: string }>('container', '/containers?run=true', body);

it('an unhealthy container is restarted, also when it fell ill while its node was dead', async () => {
  const { uuid } = await create({
    name: 'patient',
    image: 'busybox',
    command: ['sh', '-c', `touch /well; ${RESTING[2]}`],
    healthcheck: { cmd: 'test -e /well', retries: 2, ...QUICK },
    auto_heal: true,
  });
  await untilHealth(uuid, ({ status }) => status === 'healthy');
  const ill = await mainProcess(uuid);
  await cloud.kill('node');
  await rm(`/proc/${ill}/root/well`);
  await cloud.start('node');
  await untilHealth(uuid, ({ status, restart_count }) => status === 'healthy' && restart_count === 1);
  expect(await mainProcess(uuid)).not.toBe(ill);
  expect((await user.exec(uuid, 'ls /well')).output).toBe('/well\n');
});

it('ports are asked from inside: what listens is ready, what does not says so', async () => {
  const { uuid } = await create({
    name: 'served',
    image: 'hello',
    nets: [{ network: 'private' }],
    probes: {
      start: { tcp: { port: 80 }, ...QUICK },
      ready: { http: { port: 80 }, ...QUICK },
      live: { tcp: { port: 81 }, action: 'none', failure_threshold: 1, ...QUICK },
    },
  });
  await untilHealth(
    uuid,
    ({ probes }) => probes['ready']?.state === 'passing' && probes['live']?.state === 'failing',
  );
  const { status, probes } = await health(uuid);
  expect(status).toBe('unhealthy');
  expect(probes['start']?.state).toBe('passing');
  expect(probes['ready']?.output).toMatch(/^HTTP\/1\.[01] 200/);
  expect(probes['live']?.output).toBe('Connection refused');
});

it('a rebuild whose new container is not well brings the old one back as it was, also when the node dies meanwhile', async () => {
  const { uuid } = await create({
    name: 'careful',
    image: 'busybox',
    command: RESTING,
    nets: [{ network: 'private' }],
    probes: { ready: { exec: { command: ['test', '-e', '/made-by-hand'] }, failure_threshold: 4, ...QUICK } },
  });
  await user.untilStatus(uuid, 'Running');
  await user.exec(uuid, 'touch /made-by-hand');
  await untilHealth(uuid, ({ status }) => status === 'healthy');
  const before = await user.get(uuid);
  await user.client.post('container', `/containers/${uuid}/rebuild`, { rollback: true, ready_timeout: 300 });
  await untilHealth(uuid, ({ status }) => status === 'starting');
  await cloud.kill('node');
  await cloud.start('node');
  await until('it is back', async () => (await user.get(uuid)).status === 'Running', PATIENCE);
  const after = await user.get(uuid);
  expect(after.status_reason).toMatch(/^The rebuild was taken back: it is not healthy/);
  expect(after.addresses).toEqual(before.addresses);
  expect((await user.exec(uuid, 'ls /made-by-hand')).output).toBe('/made-by-hand\n');
  await untilHealth(uuid, ({ status }) => status === 'healthy');
});

/** The pid of its first process, from its control group. */
async function mainProcess(uuid: string): Promise<string> {
  const path = `/${cloud.marks.cgroup}/${uuid}/cgroup.procs`;
  const text = await readFile(`/sys/fs/cgroup/pids${path}`, 'utf8').catch(() =>
    readFile(`/sys/fs/cgroup${path}`, 'utf8'),
  );
  return text.split('\n')[0] ?? '';
}
