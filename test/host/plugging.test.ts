import { afterAll, beforeAll, expect, it } from 'vitest';
import { RESTING, type CloudUser } from '#test/support/cloud-user.ts';
import { RealCloud } from '#test/support/real-cloud.ts';
import { until } from '#test/support/until.ts';

/** Networks come and go under a container that runs, on a whole cloud. */
let cloud: RealCloud;
let user: CloudUser;

beforeAll(async () => {
  cloud = await RealCloud.start();
  user = await cloud.signIn();
  await user.createNetwork('second', '10.44.0.0/24');
});
afterAll(() => cloud.close());

const interfaces = async (id: string) => (await user.exec(id, 'ip -4 addr')).output;
const idle = (id: string) =>
  until('the change has ended', async () => (await user.get(id)).task_state === null);

it.each(['crun', 'clear'])(
  'a container of %s gets an interface and loses it without being stopped, and has it still after a restart',
  async (runtime) => {
    const { uuid } = await user.run({
      name: 'plugged',
      image: 'busybox',
      runtime,
      memory: 64,
      command: RESTING,
    });
    const started = await startOf(uuid);
    const wish = { network: 'second', fixed_ip: '10.44.0.9' };
    await user.client.post('container', `/containers/${uuid}/network_attach`, wish);
    await idle(uuid);
    await until('the interface is inside', async () => (await interfaces(uuid)).includes('10.44.0.9/24'));
    expect(await startOf(uuid)).toBe(started);

    await user.act(uuid, 'reboot');
    await user.untilStatus(uuid, 'Running');
    expect(await interfaces(uuid)).toMatch(/eth1[\s\S]*10\.44\.0\.9/);

    const restarted = await startOf(uuid);
    await user.client.post('container', `/containers/${uuid}/network_detach`, { network: 'second' });
    await idle(uuid);
    await until('the interface is gone', async () => !(await interfaces(uuid)).includes('10.44.0.'));
    expect(await startOf(uuid)).toBe(restarted);

    await user.remove(uuid);
    await user.untilGone(uuid);
    const { ports } = await user.client.get<{ ports: unknown[] }>('network', `/v2.0/ports?device_id=${uuid}`);
    expect(ports).toEqual([]);
  },
);

/** When its first process was started, in ticks of the machine: another process has another time. */
async function startOf(id: string): Promise<string | undefined> {
  const { output } = await user.exec(id, 'cat /proc/1/stat');
  return output.split(' ')[21];
}
