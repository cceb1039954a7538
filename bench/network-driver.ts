import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { UNLIMITED, type NetworkDriver, type NetworkSpec, type PortSpec } from '#drivers/network/driver.ts';
import { portRules } from '#drivers/network/linux/filter.ts';
import { LinuxNetworkDriver } from '#drivers/network/linux/driver.ts';
import { exec } from '#kernel/exec.ts';
import { newUuid } from '#kernel/ids.ts';

/**
 * What a network driver costs a container's start and removal: the verbs as the node calls them, on a machine of the
 * bench's own. Needs root. Usage: node bench/network-driver.ts [starts]
 */

const STARTS = Number(process.argv[2] ?? 24);
const WIDTH = 8;
const GROUP = 'default';

/** Like the node's: one run at a time, and all who ask meanwhile share the next. */
class Lane {
  readonly #action: () => Promise<void>;
  #running: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;

  constructor(action: () => Promise<void>) {
    this.#action = action;
  }

  run(): Promise<void> {
    this.#next ??= this.#running.then(() => {
      this.#next = undefined;
      return (this.#running = this.#action());
    });
    return this.#next;
  }
}

/** A cloud of one network that grows and shrinks by ports of one security group. */
class Bench {
  readonly #driver: NetworkDriver;
  readonly #times = new Map<string, number[]>();
  readonly #networkId = newUuid();
  readonly #network = new Lane(() =>
    this.#time('network', () => this.#driver.ensureNetwork(this.#networkSpec())),
  );
  readonly #groups = new Lane(() => this.#time('groups', () => this.#setGroups()));
  #ports: PortSpec[] = [];
  #count = 0;

  constructor(driver: NetworkDriver) {
    this.#driver = driver;
  }

  async prepare(): Promise<void> {
    await this.#settle();
    for (let index = 0; index < WIDTH; index += 1) await this.start();
    this.#times.clear();
  }

  async start(): Promise<void> {
    const port = this.#newPort();
    this.#ports.push(port);
    await this.#time('start', () =>
      Promise.all([
        this.#settle(),
        this.#time('sandbox', () => this.#driver.ensureSandbox(port.sandboxId)).then(() =>
          this.#time('plug', () => this.#driver.plugPort(port)),
        ),
      ]),
    );
  }

  async remove(): Promise<void> {
    const port = this.#ports.shift();
    if (!port) return;
    const take = async () => {
      await this.#time('unplug', () => this.#driver.unplugPort(port.id));
      await this.#time('remove sandbox', () => this.#driver.removeSandbox(port.sandboxId));
    };
    await this.#time('removal', () => Promise.all([this.#settle(), take()]));
  }

  report(title: string, begun: number): void {
    const seconds = (performance.now() - begun) / 1000;
    const parts = [...this.#times].map(([name, times]) => `${name} ${median(times).toFixed(1)}`);
    const load = (loadavg()[0] ?? 0).toFixed(1);
    process.stdout.write(
      `${title}: ${(STARTS / seconds).toFixed(1)}/s, median ms: ${parts.join(', ')} (load ${load})\n`,
    );
    this.#times.clear();
  }

  /** The network's names and the group's members, as they are now. */
  async #settle(): Promise<void> {
    await Promise.all([this.#network.run(), this.#groups.run()]);
  }

  #setGroups(): Promise<void> {
    const addresses = this.#ports.flatMap((port) => port.addresses.map(({ address }) => address));
    return this.#driver.setGroups([{ id: GROUP, addresses }]);
  }

  #networkSpec(): NetworkSpec {
    const records = this.#ports.flatMap((port) =>
      port.addresses.map(({ address }) => ({ name: `c-${port.id}`, address })),
    );
    const addresses = [{ address: '10.9.255.254', prefix: 16 }];
    const resolver = { mac: 'fa:16:3e:ff:ff:fe', addresses, domain: 'bench.test', records, servers: [] };
    return {
      id: this.#networkId,
      mtu: 1450,
      segment: null,
      resolver,
      uplink: null,
      dhcp: [],
      metadata: false,
    };
  }

  #newPort(): PortSpec {
    this.#count += 1;
    const [high, low] = [1 + (this.#count >> 8), this.#count & 255];
    const pair = [high, low].map((byte) => byte.toString(16).padStart(2, '0'));
    const rules = (['ingress', 'egress'] as const).map((direction) => ({
      direction,
      ipVersion: 4 as const,
      protocol: null,
      portMin: null,
      portMax: null,
      remote: direction === 'ingress' ? { group: GROUP } : null,
    }));
    return {
      id: newUuid(),
      networkId: this.#networkId,
      sandboxId: newUuid(),
      device: 'eth0',
      mac: `fa:16:3e:00:${pair.join(':')}`,
      mtu: 1450,
      addresses: [{ address: `10.9.${high}.${low}`, prefix: 16 }],
      gateways: ['10.9.0.1'],
      routes: [],
      up: true,
      filter: { allowedPairs: [], rules, stateful: true },
      bandwidth: UNLIMITED,
      dhcp: null,
    };
  }

  async #time<T>(name: string, action: () => Promise<T>): Promise<T> {
    const begun = performance.now();
    const result = await action();
    this.#times.set(name, [...(this.#times.get(name) ?? []), performance.now() - begun]);
    return result;
  }
}

async function run(bench: Bench): Promise<void> {
  await bench.prepare();
  const rounds: [string, number, () => Promise<void>][] = [
    ['start, one by one', 1, () => bench.start()],
    [`start, ${WIDTH} wide`, WIDTH, () => bench.start()],
    ['removal, one by one', 1, () => bench.remove()],
    ['removal, all at once', STARTS, () => bench.remove()],
  ];
  for (const [title, width, action] of rounds) {
    const begun = performance.now();
    await sideBySide(width, action);
    bench.report(title, begun);
  }
}

async function sideBySide(width: number, action: () => Promise<void>): Promise<void> {
  let left = STARTS;
  const lane = async () => {
    while (left-- > 0) await action();
  };
  await Promise.all(Array.from({ length: width }, lane));
}

const median = (times: readonly number[]): number =>
  times.toSorted((a, b) => a - b)[times.length >> 1] ?? Number.NaN;

async function onOwnMachine(action: (driver: NetworkDriver) => Promise<void>): Promise<void> {
  const prefix = `b${newUuid().slice(0, 3)}`;
  const machine = `${prefix}machine`;
  const directory = await mkdtemp(join(tmpdir(), 'network-bench-'));
  await exec('chmod', ['755', directory]);
  await exec('ip', ['netns', 'add', machine]);
  const driver = new LinuxNetworkDriver({ prefix, machine, directory });
  try {
    await action(driver);
  } finally {
    const { networks, sandboxes } = await driver.inspect();
    for (const id of sandboxes) await driver.removeSandbox(id);
    for (const id of networks) await driver.removeNetwork(id);
    await driver.close();
    await exec('ip', ['netns', 'delete', machine]);
    await rm(directory, { recursive: true, force: true });
  }
}

/** All rules of 1,000 ports with 20 rules each, as one text: what a restart of the node, or a change for all, has to make. */
function renderAll(): void {
  const rule = { ipVersion: 4, protocol: 6, remote: { cidr: '10.0.0.0/8' } } as const;
  const rules = Array.from({ length: 20 }, (_, index) => ({
    ...rule,
    direction: index % 2 === 0 ? ('ingress' as const) : ('egress' as const),
    portMin: 1_000 + index,
    portMax: 2_000 + index,
  }));
  const ports = Array.from({ length: 1_000 }, (_, index) => ({
    device: `hyp${index}`,
    mac: `fa:16:3e:00:${Buffer.of(index >> 8, index & 255)
      .toString('hex')
      .replace(/../, '$&:')}`,
    addresses: [{ address: `10.9.${index >> 8}.${index & 255}`, prefix: 16 }],
    filter: { allowedPairs: [], rules, stateful: true },
  }));
  const [begun, cpu] = [performance.now(), process.cpuUsage()];
  const bytes = ports.reduce((sum, port) => sum + portRules(port).length, 0);
  const ms = (performance.now() - begun).toFixed(0);
  const { user, system } = process.cpuUsage(cpu);
  const taken = ((user + system) / 1000).toFixed(0);
  process.stdout.write(
    `rules of 1,000 ports with 20 each: ${ms} ms, processor ${taken} ms, ${bytes} bytes (budget 200 ms)\n`,
  );
}

renderAll();
if (STARTS > 0) await onOwnMachine((driver) => run(new Bench(driver)));
