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

/** Docker's containers beside crun's, on one network of a whole cloud. */
const LONG = 240_000;
const PATIENT = { limitMs: 60_000, everyMs: 200 };

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

const greets = async (from: ContainerView, to: string): Promise<boolean> => {
  const { output } = await user.exec(from.uuid, `timeout 2 wget -q -O - http://${to}/`);
  return output.includes('Hello from Hydria');
};

const processOf = async ({ uuid }: ContainerView): Promise<string> =>
  (await daemon.docker('inspect', '--format', '{{.State.Pid}}', `hydria-${uuid}`)).stdout.trim();

it(
  'containers of two runtimes talk on one network as their groups allow, outlive the node, and leave nothing',
  { timeout: LONG },
  async () => {
    const { hosts } = await user.client.get<{ hosts: { uuid: string }[] }>('container', '/hosts');
    const host = await user.client.get('container', `/hosts/${hosts[0]?.uuid}`);
    expect(host).toMatchObject({ runtimes: ['crun', 'docker', 'clear'] });

    const group = await user.createNeutron('security-group', { name: 'web' });
    const opened = await user.createNeutron('security-group-rule', {
      security_group_id: group.id,
      direction: 'ingress',
      protocol: 'tcp',
      port_range_min: 80,
      port_range_max: 80,
    });
    const plain = await run({ name: 'plain', runtime: 'crun' });
    const docked = await run({ name: 'docked', runtime: 'docker', security_groups: ['web'] });
    const reached = () => greets(plain, addressOf(docked));
    await until('the greeting comes', reached, PATIENT);

    const before = await processOf(docked);
    await cloud.kill('node');
    expect(await processOf(docked)).toBe(before);
    await cloud.start('node');
    await cloud.untilWhole();
    await user.untilStatus(docked.uuid, 'Running', PATIENT);
    expect(await processOf(docked)).toBe(before);
    await until('the greeting comes still', reached, PATIENT);

    await user.act(docked.uuid, 'reboot');
    await until('it runs anew', async () => !['0', before].includes(await processOf(docked)), PATIENT);
    await user.untilStatus(docked.uuid, 'Running', PATIENT);
    await until('the greeting comes again', reached, PATIENT);

    await user.client.delete('network', `/v2.0/security-group-rules/${opened.id}`);
    await until('nothing comes', async () => !(await reached()), PATIENT);

    for (const { uuid } of [plain, docked]) await user.remove(uuid);
    for (const { uuid } of [plain, docked]) await user.untilGone(uuid, PATIENT);
    expect((await daemon.docker('ps', '--all', '--quiet')).stdout).toBe('');
  },
);
