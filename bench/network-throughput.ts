import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { UNLIMITED, type NetworkDriver, type PortSpec } from '#drivers/network/driver.ts';
import { LinuxNetworkDriver } from '#drivers/network/linux/driver.ts';
import { exec, start } from '#kernel/exec.ts';
import { newUuid } from '#kernel/ids.ts';

/**
 * TCP between two ports of one node and of two, beside what Linux does without us: in every round bare, ours, ours, bare, so that
 * what else the machine does weighs on both. Both ends share one processor: then what the way costs is what they take of it,
 * also on a machine that others use. Needs root and iperf3; all of it happens in namespaces of its own.
 * Usage: node bench/network-throughput.ts [rounds]
 */

const ROUNDS = Number(process.argv[2] ?? 7);
const GIGABYTES = 2;
const PINNED = ['taskset', '--cpu-list', '1'];
const TAG = `q${newUuid().slice(0, 2)}`;
const MACHINES = ['a', 'b'].map((letter) => `${TAG}${letter}machine`);
const MTU = 1450;
const VNI = 4242;

interface Pair {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly address: string;
}

const ip = (...args: string[]) => exec('ip', args);

/** Cable from a namespace of its own to a bridge. */
async function plugBare(machine: string, bridge: string, address: string): Promise<string> {
  const namespace = `${TAG}-${address.replaceAll('.', '-')}`;
  const device = `v${address.split('.').at(-1)}`;
  await ip('netns', 'add', namespace);
  const far = ['peer', 'name', 'eth0', 'netns', namespace, 'mtu', String(MTU)];
  await ip('-n', machine, 'link', 'add', device, 'mtu', String(MTU), 'type', 'veth', ...far);
  await ip('-n', machine, 'link', 'set', device, 'master', bridge, 'up');
  await ip('-n', namespace, 'addr', 'add', `${address}/24`, 'dev', 'eth0');
  await ip('-n', namespace, 'link', 'set', 'eth0', 'up');
  return namespace;
}

async function makeBare(): Promise<Pair[]> {
  const [one = '', two = ''] = MACHINES;
  for (const [index, machine] of MACHINES.entries()) {
    await ip('-n', machine, 'link', 'add', 'bare', 'mtu', String(MTU), 'type', 'bridge');
    await ip('-n', machine, 'link', 'set', 'bare', 'up');
    const peer = `192.0.2.${2 - index}`;
    const tunnel = ['vxlan', 'id', '99', 'dstport', '4790', 'remote', peer];
    await ip('-n', machine, 'link', 'add', 'tunnel', 'mtu', String(MTU), 'type', ...tunnel);
    await ip('-n', machine, 'link', 'set', 'tunnel', 'master', 'bare', 'up');
  }
  const from = await plugBare(one, 'bare', '10.8.0.1');
  const near = await plugBare(one, 'bare', '10.8.0.2');
  const far = await plugBare(two, 'bare', '10.8.0.3');
  return [
    { name: 'bare bridge', from, to: near, address: '10.8.0.2' },
    { name: 'bare VXLAN', from, to: far, address: '10.8.0.3' },
  ];
}

const rule = (direction: 'ingress' | 'egress') => ({
  direction,
  ipVersion: 4 as const,
  protocol: null,
  portMin: null,
  portMax: null,
  remote: null,
});

async function makeOurs(drivers: readonly NetworkDriver[]): Promise<Pair[]> {
  const networkId = newUuid();
  const segment = { type: 'vxlan' as const, id: VNI };
  const network = {
    id: networkId,
    mtu: MTU,
    segment,
    resolver: null,
    uplink: null,
    dhcp: [],
    metadata: false,
  };
  for (const driver of drivers) await driver.ensureNetwork(network);
  const plug = async (node: number, last: number): Promise<[string, PortSpec]> => {
    const port: PortSpec = {
      id: newUuid(),
      networkId,
      sandboxId: newUuid(),
      device: 'eth0',
      mac: `fa:16:3e:00:00:0${last}`,
      mtu: MTU,
      addresses: [{ address: `10.9.0.${last}`, prefix: 24 }],
      gateways: [],
      routes: [],
      up: true,
      filter: { allowedPairs: [], rules: [rule('egress'), rule('ingress')], stateful: true },
      bandwidth: UNLIMITED,
      dhcp: null,
    };
    const path = (await drivers[node]?.ensureSandbox(port.sandboxId)) ?? '';
    await drivers[node]?.plugPort(port);
    return [path.replace(/^.*\//, ''), port];
  };
  const [[from, a], [near, b], [far, c]] = [await plug(0, 1), await plug(0, 2), await plug(1, 3)];
  const remote = ({ id, mac, addresses }: PortSpec, node: string) => ({
    id,
    networkId,
    mac,
    addresses: addresses.map(({ address }) => address),
    node,
  });
  await drivers[0]?.setRemotes([remote(c, '192.0.2.2')]);
  await drivers[1]?.setRemotes([remote(a, '192.0.2.1'), remote(b, '192.0.2.1')]);
  return [
    { name: 'one node', from, to: near, address: '10.9.0.2' },
    { name: 'two nodes', from, to: far, address: '10.9.0.3' },
  ];
}

interface Sample {
  /** Gbit a second of wall time. */
  readonly rate: number;
  /** Gbit a second of processor time, of both ends together. */
  readonly yield: number;
}

/** As iperf3 prints it. */
interface Ending {
  readonly sum_received: { readonly seconds: number; readonly bits_per_second: number };
  readonly cpu_utilization_percent: { readonly host_total: number; readonly remote_total: number };
}

async function measure({ from, to, address }: Pair): Promise<Sample> {
  const serve = ['netns', 'exec', to, ...PINNED, 'iperf3', '--server', '--one-off', '--forceflush'];
  const server = start('ip', serve, { stdio: ['ignore', 'pipe', 'ignore'] });
  await once(server.stdout!, 'data');
  const ended = once(server, 'close');
  const client = [...PINNED, 'iperf3', '--client', address, '--bytes', `${GIGABYTES}G`, '--json'];
  const { stdout } = await exec('ip', ['netns', 'exec', from, ...client]);
  await ended;
  const { sum_received: received, cpu_utilization_percent: taken } = (JSON.parse(stdout) as { end: Ending })
    .end;
  const rate = received.bits_per_second / 1e9;
  return { rate, yield: rate / ((taken.host_total + taken.remote_total) / 100) };
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

async function compare(bare: Pair, ours: Pair): Promise<void> {
  const rounds: Sample[][] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const samples: Sample[] = [];
    for (const pair of [bare, ours, ours, bare]) samples.push(await measure(pair));
    rounds.push(samples);
  }
  const load = (loadavg()[0] ?? 0).toFixed(1);
  process.stdout.write(`${ours.name} beside ${bare.name}, ${ROUNDS} rounds, load ${load} (budget 95 %)\n`);
  for (const key of ['rate', 'yield'] as const) {
    const [before, now] = [bareOf, oursOf].map((of) => rounds.flatMap(of).map((sample) => sample[key]));
    const shares = rounds.map((round) => sum(oursOf(round), key) / sum(bareOf(round), key));
    const figures = `${median(now ?? []).toFixed(2)} of ${median(before ?? []).toFixed(2)} Gbit/s`;
    const time = key === 'rate' ? 'wall' : 'processor';
    process.stdout.write(
      `  ${time} time: ${figures}, median of rounds ${(median(shares) * 100).toFixed(0)} %\n`,
    );
  }
}

const bareOf = ([first, , , last]: readonly Sample[]) => [first, last].filter((one) => one !== undefined);
const oursOf = (samples: readonly Sample[]) => samples.slice(1, 3);
const sum = (samples: readonly Sample[], key: keyof Sample): number =>
  samples.reduce((total, sample) => total + sample[key], 0);

async function run(drivers: readonly NetworkDriver[]): Promise<void> {
  const [bareNear, bareFar] = await makeBare();
  const [near, far] = await makeOurs(drivers);
  if (!bareNear || !bareFar || !near || !far) return;
  await compare(bareNear, near);
  await compare(bareFar, far);
}

async function clear(directory: string, drivers: readonly NetworkDriver[]): Promise<void> {
  for (const driver of drivers) {
    const { networks, sandboxes } = await driver.inspect();
    for (const id of sandboxes) await driver.removeSandbox(id);
    for (const id of networks) await driver.removeNetwork(id);
    await driver.close();
  }
  const { stdout } = await exec('ip', ['netns', 'list']);
  for (const name of stdout.split('\n').map((line) => line.split(' ')[0] ?? ''))
    if (name.startsWith(TAG)) await ip('netns', 'delete', name);
  await rm(directory, { recursive: true, force: true });
}

const directory = await mkdtemp(join(tmpdir(), 'network-throughput-'));
const drivers = MACHINES.map(
  (machine) =>
    new LinuxNetworkDriver({
      prefix: machine.slice(0, 4),
      machine,
      directory: join(directory, machine),
    }),
);
try {
  for (const machine of MACHINES) await ip('netns', 'add', machine);
  const [one = '', two = ''] = MACHINES;
  await ip('-n', one, 'link', 'add', 'wire', 'type', 'veth', 'peer', 'name', 'wire', 'netns', two);
  for (const [index, machine] of MACHINES.entries()) {
    await ip('-n', machine, 'addr', 'add', `192.0.2.${index + 1}/24`, 'dev', 'wire');
    await ip('-n', machine, 'link', 'set', 'wire', 'up');
  }
  await run(drivers);
} finally {
  await clear(directory, drivers);
}
