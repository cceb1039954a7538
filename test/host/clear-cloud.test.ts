import { release } from 'node:os';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  addressOf,
  type CloudUser,
  type ContainerRequest,
  type ContainerView,
} from '#test/support/cloud-user.ts';
import { RealCloud } from '#test/support/real-cloud.ts';
import { until } from '#test/support/until.ts';
import { DockerDaemon } from './docker-daemon.ts';

/** Containers in machines of their own beside crun's and Docker's, on one network of a whole cloud. */
const LONG = 300_000;
const PATIENT = { limitMs: 90_000, everyMs: 200 };

let daemon: DockerDaemon;
let cloud: RealCloud;
let user: CloudUser;

beforeEach(async () => {
  daemon = await DockerDaemon.make();
  cloud = await RealCloud.start({ node: { docker: { socket: daemon.socket } } });
  user = await cloud.signIn();
}, LONG);

afterEach(async () => {
  await cloud.close();
  await daemon[Symbol.asyncDispose]();
});

const run = (request: Partial<ContainerRequest> & Pick<ContainerRequest, 'name'>) =>
  user.run({ image: 'hello', nets: [{ network: 'private' }], ...request }, PATIENT);

const say = async ({ uuid }: ContainerView, command: string): Promise<string> =>
  (await user.exec(uuid, command)).output.trim();

const greets = async (from: ContainerView, to: ContainerView): Promise<boolean> =>
  (await say(from, `timeout 3 wget -q -O - http://${addressOf(to)}/`)).includes('Hello from Hydria');

it(
  'containers of three runtimes talk, each machine has its own kernel and identity, and they outlive the node',
  { timeout: LONG },
  async () => {
    const group = await user.createNeutron('security-group', { name: 'web' });
    const opened = await user.createNeutron('security-group-rule', {
      security_group_id: group.id,
      direction: 'ingress',
      protocol: 'tcp',
      port_range_min: 80,
      port_range_max: 80,
    });
    const web = { security_groups: ['web'] };
    const plain = await run({ name: 'plain', runtime: 'crun', ...web });
    const docked = await run({ name: 'docked', runtime: 'docker', ...web });
    const clear = await run({ name: 'clear', runtime: 'clear', ...web });
    const kata = await run({ name: 'kata', runtime: 'kata', ...web });
    const all = [plain, docked, clear, kata];
    for (const from of all)
      for (const to of all)
        if (from !== to) await until(`${from.name} reaches ${to.name}`, () => greets(from, to), PATIENT);

    expect(await say(plain, 'uname -r')).toBe(release());
    expect(await say(clear, 'uname -r')).not.toBe(release());
    const machines = [clear, kata];
    for (const look of [
      'cat /proc/sys/kernel/random/boot_id',
      'cat /proc/sys/kernel/random/uuid',
      'cat /sys/class/net/eth0/address',
    ]) {
      const [first, second] = await Promise.all(machines.map((machine) => say(machine, look)));
      expect(first, look).not.toBe(second);
    }
    for (const machine of machines)
      expect(Math.abs(Number(await say(machine, 'date +%s')) - Date.now() / 1000)).toBeLessThan(3);

    await cloud.kill('node');
    await cloud.start('node');
    await cloud.untilWhole();
    await user.untilStatus(clear.uuid, 'Running', PATIENT);
    await until('it is reached still', () => greets(plain, clear), PATIENT);
    await user.client.delete('network', `/v2.0/security-group-rules/${opened.id}`);
    await until('nothing comes', async () => !(await greets(plain, clear)), PATIENT);

    for (const { uuid } of all) await user.remove(uuid);
    for (const { uuid } of all) await user.untilGone(uuid, PATIENT);
  },
);
