import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { randomInt } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Config } from '#kernel/config.ts';
import { exec } from '#kernel/exec.ts';
import type { DaemonName } from '#src/deploy/host/daemons.ts';
import { hostPaths, ownDirectories, type HostPaths } from '#src/deploy/host/paths.ts';
import { findHealth, isReady } from '#src/deploy/host/readiness.ts';
import { getSecrets, newSecrets, secretsText } from '#src/deploy/host/secrets.ts';
import { seedCloud } from '#src/deploy/seed.ts';
import { readRows, readTraces, removeTraces, type CloudMarks, type Traces } from './cloud-traces.ts';
import { CloudUser } from './cloud-user.ts';
import { Daemon } from './daemon.ts';
import { releasePrefix, takePrefix } from './prefix.ts';
import { Secrecy } from './secrecy.ts';
import { until, type Patience } from './until.ts';

const MAIN = join(import.meta.dirname, '../../src/main.ts');
const REGION = 'RegionOne';

/**
 * A whole cloud beside all others on this machine: real control, real node, first images and networks; with its own
 * directory, ports, cgroup, prefix, external network and tunnel numbers. `close` takes all of it away, whatever happened.
 */
export class RealCloud implements AsyncDisposable {
  readonly marks: CloudMarks;
  readonly baseUrl: string;
  readonly externalNetwork: { readonly cidr: string; readonly gateway: string };
  readonly #root: string;
  readonly adminPassword: string;
  /** Keeps what the test must not find in logs and databases afterwards. */
  readonly secrecy = new Secrecy();
  #watcher: CloudUser | undefined;
  readonly #daemons: Readonly<Record<DaemonName, Daemon>>;

  private constructor(root: string, place: Place) {
    this.#root = root;
    this.adminPassword = place.adminPassword;
    this.secrecy.keep(place.adminPassword);
    this.marks = { paths: hostPaths(root), cgroup: place.cgroup, prefix: place.prefix };
    this.baseUrl = place.http.publicUrl;
    this.externalNetwork = place.externalNetwork;
    const { paths } = this.marks;
    const answers = async () => (await findHealth(this.baseUrl)) !== undefined;
    this.#daemons = {
      control: new Daemon({ name: 'control', paths, isReady: answers }),
      node: new Daemon({ name: 'node', paths, isReady: () => this.sees(this.hostname) }),
    };
  }

  /** Made, started and seeded. `extra` is put over its configuration. */
  static async start(extra: Partial<Config> = {}): Promise<RealCloud> {
    const root = await mkdtemp(join(tmpdir(), 'cloud-'));
    const place = await makePlace();
    const cloud = new RealCloud(root, place);
    try {
      await chmod(root, 0o755); // workloads run as other users
      await writeFiles(cloud.paths, place, extra);
      for (const name of ['control', 'node'] as const) await cloud.start(name);
      await cloud.#seed();
    } catch (thrown) {
      await cloud.close();
      throw thrown;
    }
    return cloud;
  }

  get paths(): HostPaths {
    return this.marks.paths;
  }

  /** Of the node. */
  get hostname(): string {
    return hostnameOf(this.marks.prefix);
  }

  /** Resolves when control answers, or when the node is connected. */
  start(name: DaemonName): Promise<void> {
    return this.#daemons[name].start();
  }

  /** Resolves when control answers and the node is connected to it. */
  async untilWhole(): Promise<void> {
    await until('the node is connected', () => this.sees(this.hostname));
  }

  /** Whether every API answers and that node is connected. */
  async sees(hostname: string): Promise<boolean> {
    if (!isReady(await findHealth(this.baseUrl))) return false;
    this.#watcher ??= await this.signIn();
    return (await this.#watcher.nodesAlive()).includes(hostname);
  }

  /** `kill -9`: no word of farewell, nothing written. */
  kill(name: DaemonName): Promise<void> {
    return this.#daemons[name].end('SIGKILL');
  }

  stop(name: DaemonName): Promise<void> {
    return this.#daemons[name].end('SIGTERM');
  }

  /** What `hydria down` does before it stops the daemons. */
  async stopWorkloads(): Promise<void> {
    await exec(process.execPath, [MAIN, 'node-stop', '--config', this.paths.config], { timeout: 60_000 });
  }

  pid(name: DaemonName): number {
    return this.#daemons[name].pid;
  }

  /** The administrator, at the newest version of each API. */
  async signIn(): Promise<CloudUser> {
    const user = await CloudUser.signIn(this.baseUrl, this.adminPassword);
    this.secrecy.keep(user.client.token);
    return user;
  }

  /** @returns what is on the machine and in the database, by kind. */
  async inventory(): Promise<Traces> {
    return { ...(await readTraces(this.marks)), ...readRows(this.marks) };
  }

  /** What there is when no task is open and two looks show the same. */
  settled(patience: Patience): Promise<Traces> {
    let last = '';
    return until(
      'the cloud comes to rest',
      async () => {
        const found = await this.inventory();
        const previous = last;
        last = JSON.stringify(found);
        return found['openTasks']?.length === 0 && last === previous && found;
      },
      patience,
    );
  }

  log(name: DaemonName): Promise<string> {
    return this.#daemons[name].log();
  }

  /** @throws when a secret that the test used was logged, or lies open in a database. */
  async close(): Promise<void> {
    for (const daemon of Object.values(this.#daemons)) await daemon.end('SIGKILL');
    await removeTraces(this.marks);
    releasePrefix(this.marks.prefix);
    try {
      await this.#keepFileSecrets();
      await this.secrecy.assertNotIn(this.#written());
    } finally {
      await rm(this.#root, { recursive: true, force: true });
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** With the first router at work, so that what is on the machine from here on is what somebody does. */
  async #seed(): Promise<void> {
    await seedCloud({
      baseUrl: this.baseUrl,
      adminPassword: this.adminPassword,
      region: REGION,
      externalNetwork: this.externalNetwork,
      dataDirectory: this.paths.data,
    });
    this.#watcher ??= await this.signIn();
    const { client } = this.#watcher;
    const portsAreUp = async () => {
      const { ports } = await client.get<{ ports: { status: string }[] }>('network', '/v2.0/ports');
      return ports.every(({ status }) => status === 'ACTIVE');
    };
    await until('the first router is on its node', portsAreUp);
  }

  async #keepFileSecrets(): Promise<void> {
    const secrets = await getSecrets(this.paths).catch(() => undefined); // it did not come that far
    for (const one of [...(secrets?.tokenKeys ?? []), ...(secrets?.masterKeys ?? [])]) this.secrecy.keep(one);
  }

  /** Where daemons write what people or thieves may read. */
  #written(): string[] {
    const { data } = this.paths;
    const databases = [join(data, 'control', 'hydria.db'), join(data, 'node', 'node.db')];
    const withJournals = databases.flatMap((path) => [path, `${path}-wal`]);
    return [...Object.values(this.#daemons).map(({ logPath }) => logPath), ...withJournals];
  }
}

/** What no other cloud on this machine has. */
interface Place {
  readonly http: { readonly host: string; readonly port: number; readonly publicUrl: string };
  readonly ssntp: { readonly host: string; readonly port: number };
  readonly cgroup: string;
  readonly prefix: string;
  readonly externalNetwork: { readonly cidr: string; readonly gateway: string };
  /** A machine has one tunnel of each number. */
  readonly vnis: { readonly first: number; readonly last: number };
  readonly adminPassword: string;
}

async function makePlace(): Promise<Place> {
  const host = '127.0.0.1';
  const [port, ssntpPort] = [await freePort(host), await freePort(host)];
  const prefix = await takePrefix();
  const vni = 1_000 * randomInt(1, 16_000);
  const range = `10.${randomInt(64, 256)}.${randomInt(256)}`;
  return {
    http: { host, port, publicUrl: `http://${host}:${port}` },
    ssntp: { host, port: ssntpPort },
    cgroup: `hydria-test-${prefix}`,
    prefix,
    externalNetwork: { cidr: `${range}.0/24`, gateway: `${range}.1` },
    vnis: { first: vni, last: vni + 999 },
    adminPassword: newSecrets().adminPassword,
  };
}

export const hostnameOf = (prefix: string): string => `node-${prefix}`;

export async function freePort(host: string): Promise<number> {
  const server = createServer().listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function writeFiles(paths: HostPaths, place: Place, extra: Partial<Config>): Promise<void> {
  for (const directory of ownDirectories(paths)) await mkdir(directory, { recursive: true });
  const { http, ssntp, externalNetwork, vnis, cgroup, prefix, adminPassword } = place;
  const config = {
    data: paths.data,
    run: paths.run,
    http,
    ssntp,
    database: { kind: 'sqlite' },
    region: REGION,
    user: '',
    externalNetwork,
    log: { level: 'info' },
    ...extra,
    node: { hostname: hostnameOf(prefix), cgroup, prefix, ...extra.node },
    network: { vnis, ...extra.network },
  };
  await writeFile(paths.config, stringify(config));
  await writeFile(paths.secrets, secretsText({ ...newSecrets(), adminPassword }), { mode: 0o600 });
}
