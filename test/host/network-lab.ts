import type { ChildProcess } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import type { NetworkHarness } from '#drivers/network/contract.ts';
import type { NetworkDriver, PortSpec } from '#drivers/network/driver.ts';
import { LinuxNetworkDriver, type LinuxNetworkOptions } from '#drivers/network/linux/driver.ts';
import { exec, start, type ExecResult } from '#kernel/exec.ts';
import { newUuid } from '#kernel/ids.ts';

const NETNS = '/run/netns';

/** A machine of its own for a test: a namespace, with a driver whose every command runs there. */
export class NetworkLab implements NetworkHarness {
  readonly #prefix: string;
  readonly #directory: string;
  readonly #children: ChildProcess[] = [];
  readonly machine: string;

  private constructor(prefix: string, directory: string) {
    this.#prefix = prefix;
    this.#directory = directory;
    this.machine = `${prefix}machine`;
  }

  static async make(): Promise<NetworkLab> {
    const prefix = `t${newUuid().slice(0, 3)}`;
    const lab = new NetworkLab(prefix, await mkdtemp(join(tmpdir(), 'network-')));
    await exec('chmod', ['755', lab.#directory]);
    await exec('ip', ['netns', 'add', lab.machine]);
    await exec('ip', ['-n', lab.machine, 'link', 'set', 'lo', 'up']);
    return lab;
  }

  driver(options: LinuxNetworkOptions = {}): NetworkDriver {
    return new LinuxNetworkDriver({
      prefix: this.#prefix,
      ...options,
      machine: this.machine,
      directory: this.#directory,
    });
  }

  /** Lays a cable to another lab's machine; each end gets its address. */
  async wire(other: NetworkLab, device: string, addresses: readonly [string, string]): Promise<void> {
    const far = ['peer', 'name', device, 'netns', other.machine];
    await exec('ip', ['-n', this.machine, 'link', 'add', device, 'type', 'veth', ...far]);
    const ends = [this.machine, other.machine] as const;
    for (const [index, machine] of ends.entries()) {
      const address = addresses[index] ?? '';
      if (address !== '') await exec('ip', ['-n', machine, 'addr', 'add', address, 'dev', device]);
      await exec('ip', ['-n', machine, 'link', 'set', device, 'up']);
    }
  }

  /** The namespace of a router that this lab's driver made. */
  router(id: string): string {
    return `${this.#prefix}-router-${id}`;
  }

  /** Runs a command in a namespace given by name or path; any exit code is an answer. */
  run(namespace: string, ...argv: string[]): Promise<ExecResult> {
    return exec('nsenter', [`--net=${path(namespace)}`, ...argv], {
      okCodes: Array.from({ length: 256 }, (_, code) => code),
    });
  }

  /** Starts a command there that ends with the lab. */
  start(namespace: string, ...argv: string[]): ChildProcess {
    const child = start('nsenter', [`--net=${path(namespace)}`, ...argv], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    this.#children.push(child);
    return child;
  }

  async pings(from: string, address: string, ...options: string[]): Promise<boolean> {
    return (await this.run(from, 'busybox', 'ping', '-c1', '-W1', ...options, address)).code === 0;
  }

  /** A web server whose page is the text. */
  async serve(namespace: string, port: number, text: string): Promise<void> {
    const home = await mkdtemp(join(this.#directory, 'www-'));
    await writeFile(join(home, 'index.html'), text);
    this.start(namespace, 'busybox', 'httpd', '-f', '-p', String(port), '-h', home);
    await this.listening(namespace, port);
  }

  async listening(namespace: string, port: number): Promise<void> {
    await vi.waitFor(async () => {
      const { stdout } = await this.run(namespace, 'busybox', 'netstat', '-ltn');
      if (!stdout.includes(`:${port} `)) throw new Error(`nobody listens on port ${port}`);
    });
  }

  /** A file of the lab's that anybody may run. */
  async writeProgram(name: string, text: string): Promise<string> {
    const file = join(this.#directory, name);
    await writeFile(file, text, { mode: 0o755 });
    return file;
  }

  /** The page there, or undefined when nothing comes within a second. */
  async fetch(from: string, address: string, port: number): Promise<string | undefined> {
    const host = address.includes(':') ? `[${address}]` : address;
    const url = `http://${host}:${port}/`;
    const { code, stdout } = await this.run(from, 'timeout', '1', 'busybox', 'wget', '-q', '-O', '-', url);
    return code === 0 ? stdout : undefined;
  }

  /** Counts the datagrams of tunnels that leave the machine from now on. @returns what says how many */
  async countTunnelled(): Promise<() => Promise<number>> {
    const nft = (...args: string[]) => this.run(this.machine, 'nft', ...args);
    await nft('add', 'table', 'inet', 'watch');
    await nft('add', 'chain', 'inet', 'watch', 'out', '{ type filter hook output priority 0; }');
    await nft('add', 'rule', 'inet', 'watch', 'out', 'udp', 'dport', '4789', 'counter');
    return async () => {
      const { stdout } = await nft('list', 'chain', 'inet', 'watch', 'out');
      return Number(/counter packets (\d+)/.exec(stdout)?.[1]);
    };
  }

  /** What tells a device from another of its name that came later. */
  async deviceIndex(namespace: string, device: string): Promise<number> {
    return (await this.#device(namespace, device)).ifindex;
  }

  /** Megabits a second of one TCP stream of 4 MiB. */
  async measure(from: string, to: string, address: string): Promise<number> {
    const port = String(5_000 + Math.floor(Math.random() * 50_000));
    const sink = this.start(to, 'busybox', 'nc', '-l', '-p', port, '-e', 'wc', '-c');
    await this.listening(to, Number(port));
    const begun = performance.now();
    await this.run(from, 'sh', '-c', `head -c 4M /dev/zero | busybox nc ${address} ${port}`);
    sink.kill();
    return (4 * 8 * 1.048576) / ((performance.now() - begun) / 1_000);
  }

  async resolves(from: string, name: string, server: string): Promise<string | undefined> {
    const { stdout } = await this.run(from, 'timeout', '2', 'busybox', 'nslookup', name, server);
    return /Name:.*\nAddress(?: \d)?: (\S+)/.exec(stdout)?.[1];
  }

  /** Namespaces, devices and rules in the machine, processes and files of this lab's driver. */
  async leftovers(): Promise<string[]> {
    const namespaces = (await readdir(NETNS)).filter((name) => name.startsWith(`${this.#prefix}-`));
    const links = (await this.run(this.machine, 'ip', '-o', 'link')).stdout.split('\n');
    const tables = (await this.run(this.machine, 'nft', 'list', 'tables')).stdout.split('\n');
    const files = await readdir(join(this.#directory, 'resolvers')).catch(() => []);
    return [
      ...namespaces,
      ...links.filter((line) => line && !line.includes(' lo:')),
      ...tables.filter(Boolean),
      ...(await this.#daemons()),
      ...files,
    ];
  }

  /** Forcibly, so that a failed test leaves nothing either. */
  async close(): Promise<void> {
    for (const child of this.#children) child.kill('SIGKILL');
    for (const pid of await this.#daemons()) process.kill(Number(pid), 'SIGKILL');
    for (const name of (await readdir(NETNS)).filter((entry) => entry.startsWith(this.#prefix)))
      await exec('ip', ['netns', 'delete', name], { okCodes: [0, 1] });
    await rm(this.#directory, { recursive: true, force: true, maxRetries: 5 });
  }

  /** As ip(8) shows it: /sys is that of the machine on which the test runs. */
  async #device(namespace: string, device: string): Promise<ShownDevice> {
    const { stdout } = await this.run(namespace, 'ip', '-j', '-s', 'link', 'show', device);
    const [found] = JSON.parse(stdout) as ShownDevice[];
    if (!found) throw new Error(`There is no device ${device}.`);
    return found;
  }

  async #daemons(): Promise<string[]> {
    const pids = (await readdir('/proc')).filter(
      (name) => /^\d+$/.test(name) && Number(name) !== process.pid,
    );
    const lines = await Promise.all(
      pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
    );
    return pids.filter((_, index) => lines[index]?.includes(join(this.#directory, 'resolvers')));
  }
}

interface ShownDevice {
  readonly ifindex: number;
  readonly stats64: { readonly tx: { readonly packets: number } };
}

const path = (namespace: string): string => (namespace.startsWith('/') ? namespace : join(NETNS, namespace));

export const addressOf = (port: PortSpec, version: 4 | 6 = 4): string =>
  port.addresses.find(({ address }) => address.includes(':') === (version === 6))?.address ?? '';
