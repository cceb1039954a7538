import { afterAll, beforeAll, expect, it } from 'vitest';
import { RESTING, type CloudUser } from '#test/support/cloud-user.ts';
import { RealCloud } from '#test/support/real-cloud.ts';

/** What `hydria down` and the next `hydria up` do to workloads, by the daemons themselves. */
let cloud: RealCloud;
let user: CloudUser;

beforeAll(async () => {
  cloud = await RealCloud.start();
  user = await cloud.signIn();
});

afterAll(() => cloud.close());

const sleeper = (name: string) => ({
  name,
  image: 'busybox',
  command: RESTING,
  nets: [{ network: 'private' }],
});

async function down(): Promise<void> {
  await cloud.stopWorkloads();
  await cloud.stop('node');
  await cloud.stop('control');
}

async function up(): Promise<void> {
  await cloud.start('control');
  await cloud.start('node');
}

it('brings back what ran, with its files and addresses, and leaves stopped what was stopped', async () => {
  const [runs, rests] = await Promise.all([user.run(sleeper('runs')), user.run(sleeper('rests'))]);
  expect((await user.exec(runs.uuid, 'sh -c "echo kept > /root/file"')).exitCode).toBe(0);
  await user.act(rests.uuid, 'stop', { timeout: 1 });
  await user.untilStatus(rests.uuid, 'Stopped');

  await down();
  expect((await cloud.inventory())['processes']?.filter((line) => line.startsWith('conmon'))).toEqual([]);
  await up();

  const back = await user.untilStatus(runs.uuid, 'Running');
  expect(back.addresses).toEqual(runs.addresses);
  expect((await user.exec(runs.uuid, 'cat /root/file')).output).toBe('kept\n');
  expect((await user.get(rests.uuid)).status).toBe('Stopped');
});

it('stops the workloads of a node that does not run, too', async () => {
  const container = await user.run(sleeper('orphan'));
  await cloud.kill('node');
  await cloud.stopWorkloads();
  expect((await cloud.inventory())['processes']?.filter((line) => line.startsWith('conmon'))).toEqual([]);
  await cloud.start('node');
  await user.untilStatus(container.uuid, 'Running');
});
