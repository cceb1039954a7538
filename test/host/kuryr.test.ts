import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { exec } from '#kernel/exec.ts';
import { newUuid } from '#kernel/ids.ts';
import { buildBusybox } from '#oci/standard-images.ts';
import { addressOf, portOf, type CloudUser, type ContainerView } from '#test/support/cloud-user.ts';
import { RealCloud } from '#test/support/real-cloud.ts';
import { SecondNode } from '#test/support/second-node.ts';
import { until } from '#test/support/until.ts';
import { KuryrDocker } from './kuryr-docker.ts';

/** Docker, and a CNI runtime, on the networks of a real cloud of two nodes. */
let second: SecondNode;
let cloud: RealCloud;
let user: CloudUser;
let docker: KuryrDocker;
let cniSocket: string;

beforeAll(async () => {
  docker = await KuryrDocker.make();
  second = await SecondNode.make();
  cloud = await RealCloud.start(second.cloudConfig);
  user = await cloud.signIn();
  cniSocket = join(cloud.paths.run, 'cni.sock');
  await configureKuryr();
  await second.join(cloud);
  await docker.start();
  const archive = join(cloud.paths.data, 'busybox-for-docker.tar');
  await buildBusybox(archive, '/bin/busybox');
  await docker.run('load', '--input', archive);
});

afterAll(async () => {
  await docker[Symbol.asyncDispose]();
  await cloud.close();
  await second.close();
});

/** The node serves Docker from its next start on. */
async function configureKuryr(): Promise<void> {
  const clouds = join(cloud.paths.etc, 'clouds.yaml');
  const auth = { username: 'admin', password: cloud.adminPassword, project_name: 'admin' };
  const entry = { auth: { ...auth, auth_url: `${cloud.baseUrl}/identity/v3` }, region_name: 'RegionOne' };
  await writeFile(clouds, stringify({ clouds: { hydria: entry } }), { mode: 0o600 });
  const config = parse(await readFile(cloud.paths.config, 'utf8')) as object;
  await writeFile(cloud.paths.config, stringify({ ...config, kuryr: { clouds, socket: docker.socket } }));
  await cloud.stop('node');
  await cloud.start('node');
}

type Thing = Record<string, unknown> & { readonly id: string; readonly name: string };

async function list(collection: string, query = ''): Promise<Thing[]> {
  const answer = await user.client.get<Record<string, Thing[]>>('network', `/v2.0/${collection}?${query}`);
  return answer[collection.replaceAll('-', '_')] ?? [];
}

/** Names of all that Kuryr, or the user of a test, has made. */
const inventory = async (): Promise<string[]> => {
  const kinds = ['networks', 'subnets', 'subnetpools', 'ports', 'security-groups'];
  const all = await Promise.all(kinds.map((kind) => list(kind)));
  return all.flatMap((things, at) => things.map(({ id, name }) => `${kinds[at]} ${name} ${id}`)).sort();
};

const dockerAddress = (name: string, network = 'foo'): Promise<string> =>
  docker.run('inspect', '--format', `{{(index .NetworkSettings.Networks "${network}").IPAddress}}`, name);

const pings = async (from: ContainerView, address: string): Promise<boolean> =>
  (await user.exec(from.uuid, `ping -c 1 -W 1 ${address}`)).exitCode === 0;

const devices = async (): Promise<string[]> => {
  const { stdout } = await exec('ip', ['-o', 'link']);
  return stdout.split('\n').flatMap((line) => /t_c[^:@]+/.exec(line)?.[0] ?? []);
};

describe('a Docker network, in Docker’s own words', () => {
  let before: string[];
  let box: ContainerView;
  /** On the other node. */
  let far: ContainerView;
  let address: string;

  beforeAll(async () => {
    before = (await inventory()).filter((line) => !line.startsWith('ports'));
    const create = 'network create --driver=kuryr --ipam-driver=kuryr';
    const range = '--subnet 10.0.0.0/16 --gateway 10.0.0.1 --ip-range 10.0.0.0/24 foo';
    await docker.run(...`${create} ${range}`.split(' '));
    await docker.run(...'run --net=foo -itd --name=container1 busybox'.split(' '));
    address = await dockerAddress('container1');
    const [network] = await list('networks', 'name=kuryr-net-' + (await dockerId('foo')).slice(0, 8));
    const sleeper = (name: string, host: string) =>
      user.run({
        name,
        image: 'busybox',
        command: ['sleep', '600'],
        nets: [{ network: network?.id ?? '' }],
        host,
      });
    [box, far] = await Promise.all([sleeper('box', cloud.hostname), sleeper('far', second.hostname)]);
  });

  const dockerId = (name: string) => docker.run('network', 'inspect', '--format', '{{.Id}}', name);
  const portOfDocker = async (): Promise<Thing> => {
    const [port] = await list('ports', `fixed_ips=ip_address=${address}&device_owner=compute:kuryr`);
    if (!port) throw new Error(`Nobody has the address ${address}.`);
    return port;
  };

  it('is a port of Neutron on this node, up, with Docker’s address and MAC', async () => {
    const mac = await docker.run(
      'inspect',
      '--format',
      '{{(index .NetworkSettings.Networks "foo").MacAddress}}',
      'container1',
    );
    const port = await until('the port is up', async () => {
      const found = await portOfDocker();
      return found['status'] === 'ACTIVE' && found;
    });
    expect(port).toMatchObject({ mac_address: mac, 'binding:host_id': cloud.hostname });
  });

  it('joins Docker’s containers and the cloud’s on both nodes, until the security group of one says no', async () => {
    const { id: dockersPort } = await portOfDocker();
    const parties = [
      { port: dockersPort, at: address, pings: (to: string) => docker.pings('container1', to) },
      ...[box, far].map((own) => ({
        port: portOf(own),
        at: addressOf(own),
        pings: (to: string) => pings(own, to),
      })),
    ];
    const closed = await user.createNeutron('security-group', { name: 'closed' });
    for (const party of parties) {
      const others = parties.filter((other) => other !== party);
      const reached = () => Promise.all(others.map((other) => other.pings(party.at)));
      const are = async (answered: boolean) => (await reached()).every((one) => one === answered);
      await until('answers', () => are(true));
      const path = `/v2.0/ports/${party.port}`;
      const { port } = await user.client.get<{ port: Thing }>('network', path);
      await user.client.put('network', path, { port: { security_groups: [closed.id] } });
      await until('silence', () => are(false));
      await user.client.put('network', path, { port: { security_groups: port['security_groups'] } });
      await until('answers again', () => are(true));
    }
    await user.client.delete('network', `/v2.0/security-groups/${closed.id}`);
  });

  it('loses nothing when the plug-in is killed and started again', async () => {
    await cloud.kill('node');
    expect(await docker.pings('container1', addressOf(box))).toBe(true);
    await cloud.start('node');
    expect(await docker.pings('container1', addressOf(box))).toBe(true);
    await docker.run('run', '--net=foo', '-itd', '--name=container2', 'busybox');
    const second = await dockerAddress('container2');
    await until('an answer from the next', () => docker.pings('container1', second));
    await docker.run('rm', '--force', 'container2');
  });

  it('gives its containers their addresses again after dockerd was killed', async () => {
    await docker.kill();
    await docker.start();
    await docker.run('start', 'container1');
    address = await dockerAddress('container1');
    // Its MAC is another one now: who speaks first tells the neighbour, who else would ask the old one for half a minute.
    await until('an answer from the cloud', () => docker.pings('container1', addressOf(box)));
    await until('an answer from Docker', () => pings(box, address));
    const owned = await list('ports', 'device_owner=compute:kuryr');
    const ours = [box.uuid, far.uuid];
    expect(owned.filter(({ device_id }) => !ours.includes(String(device_id)))).toHaveLength(1);
  });

  it('leaves nothing of Kuryr’s when it is removed, in Neutron and on the machine', async () => {
    expect((await docker.try('network', 'rm', 'foo')).code).not.toBe(0);
    await docker.run('rm', '--force', 'container1');
    for (const { uuid } of [box, far]) {
      await user.remove(uuid);
      await user.untilGone(uuid);
    }
    await docker.run('network', 'rm', 'foo');
    expect((await inventory()).filter((line) => !line.startsWith('ports'))).toEqual(before);
    expect(await list('ports', 'device_owner=compute:kuryr')).toEqual([]);
    await until('the devices are gone', async () => (await devices()).length === 0);
  });
});

it('a user’s network, subnet and port are lent to Docker, with both IP versions, and kept', async () => {
  const { id: network_id } = await user.createNeutron('network', { name: 'mine' });
  const four = { network_id, ip_version: 4, cidr: '10.66.0.0/24', name: 'mine4' };
  const six = { network_id, ip_version: 6, cidr: 'fd66::/64', name: 'mine6' };
  await user.createNeutron('subnet', four);
  await user.createNeutron('subnet', six);
  const fixed_ips = [{ ip_address: '10.66.0.66' }];
  const mine = await user.createNeutron('port', { network_id, fixed_ips, name: 'my-port' });
  const before = await inventory();

  const subnets = ['neutron.subnet.name=mine4', 'neutron.subnet.v6.name=mine6'];
  const options = [
    ...subnets.flatMap((option) => ['--ipam-opt', option, '-o', option]),
    '-o',
    'neutron.net.name=mine',
  ];
  const ranges = ['--subnet=10.66.0.0/24', '--ipv6', '--subnet=fd66::/64'];
  await docker.run('network', 'create', '-d', 'kuryr', '--ipam-driver=kuryr', ...ranges, ...options, 'lent');
  await docker.run('run', '--net=lent', '--ip=10.66.0.66', '-itd', '--name=guest', 'busybox');
  await docker.run('run', '--net=lent', '-itd', '--name=other', 'busybox');
  expect(await dockerAddress('guest', 'lent')).toBe('10.66.0.66');
  const { port } = await user.client.get<{ port: Thing }>('network', `/v2.0/ports/${mine.id}`);
  expect(port).toMatchObject({ name: 'my-port', device_owner: 'compute:kuryr' });
  const format = '{{(index .NetworkSettings.Networks "lent").GlobalIPv6Address}}';
  const address6 = await docker.run('inspect', '--format', format, 'guest');
  await until('an answer over IPv4', () => docker.pings('other', '10.66.0.66'));
  await until('an answer over IPv6', () => docker.pings('other', address6));

  await docker.run('rm', '--force', 'guest', 'other');
  await docker.run('network', 'rm', 'lent');
  const isResolver = (line: string) => line.startsWith('ports  ');
  expect((await inventory()).filter((line) => !isResolver(line))).toEqual(
    before.filter((line) => !isResolver(line)),
  );
});

describe('a pod', () => {
  const plugin = join(import.meta.dirname, '../../src/kuryr/cni/hydria-cni');
  const netns = `pod-${newUuid().slice(0, 8)}`;
  const config = { cniVersion: '1.0.0', name: 'pods', type: 'hydria-cni', network: 'private' };

  beforeAll(() => exec('ip', ['netns', 'add', netns]));
  afterAll(() => exec('ip', ['netns', 'delete', netns]));

  /** What a container runtime does: environment and standard input in, JSON out. */
  async function cni(command: string, given: object = config): Promise<{ code: number; answer: never }> {
    const env = {
      PATH: '/usr/bin:/bin',
      HYDRIA_CNI_SOCKET: cniSocket,
      CNI_COMMAND: command,
      CNI_CONTAINERID: netns,
      CNI_NETNS: `/run/netns/${netns}`,
      CNI_IFNAME: 'eth0',
      CNI_ARGS: 'IgnoreUnknown=1;K8S_POD_NAME=web-0',
    };
    const okCodes = [0, 1];
    const { code, stdout } = await exec(plugin, [], { input: JSON.stringify(given), env, okCodes });
    return { code, answer: (stdout === '' ? undefined : JSON.parse(stdout)) as never };
  }

  it('is on a network from ADD to DEL, and reaches a container of the cloud there', async () => {
    const box = await user.run({
      name: 'neighbour',
      image: 'busybox',
      command: ['sleep', '600'],
      nets: [{ network: 'private' }],
    });
    expect(await cni('STATUS', { ...config, cniVersion: '1.1.0' })).toEqual({ code: 0 });
    const added = await cni('ADD');
    expect(added).toMatchObject({ code: 0, answer: { cniVersion: '1.0.0', interfaces: [{ name: 'eth0' }] } });
    const inside = (...argv: string[]) => exec('ip', ['netns', 'exec', netns, ...argv], { okCodes: [0, 1] });
    await until('an answer of the neighbour', async () => {
      const { code } = await inside('busybox', 'ping', '-c', '1', '-W', '1', addressOf(box));
      return code === 0;
    });
    expect(await cni('CHECK')).toEqual({ code: 0 });
    await inside('ip', 'addr', 'flush', 'dev', 'eth0');
    expect(await cni('CHECK')).toMatchObject({ code: 1, answer: { code: 100 } });
    expect(await cni('DEL')).toEqual({ code: 0 });
    expect(await cni('DEL')).toEqual({ code: 0 });
    expect(await list('ports', 'name=web-0')).toEqual([]);
    await until('the interface is gone', async () => !(await inside('ip', 'link')).stdout.includes('eth0'));
    await user.remove(box.uuid);
  });

  it('gets no port when its namespace is not there', async () => {
    await exec('ip', ['netns', 'delete', netns]);
    expect((await cni('ADD')).code).toBe(1);
    expect(await list('ports', 'name=web-0')).toEqual([]);
    await exec('ip', ['netns', 'add', netns]);
  });

  it('is told what is wrong in CNI’s words', async () => {
    expect(await cni('VERSION')).toMatchObject({ answer: { supportedVersions: ['1.0.0', '1.1.0'] } });
    expect(await cni('ADD', { ...config, cniVersion: '0.1.0' })).toMatchObject({
      code: 1,
      answer: { code: 1 },
    });
    expect(await cni('NONSENSE')).toMatchObject({ code: 1, answer: { code: 4 } });
    expect(await cni('ADD', { cniVersion: '1.0.0', name: 'x' })).toMatchObject({
      code: 1,
      answer: { code: 7 },
    });
  });
});
