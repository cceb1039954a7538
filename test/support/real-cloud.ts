import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { randomInt } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Config } from '#kernel/config.ts';
import { exec, start } from '#kernel/exec.ts';
import { daemonCommand, type DaemonName } from '#src/deploy/host/daemons.ts';
import { hostPaths, ownDirectories, type HostPaths } from '#src/deploy/host/paths.ts';
import { findHealth, isReady } from '#src/deploy/host/readiness.ts';
import { getSecrets, newSecrets, secretsText } from '#src/deploy/host/secrets.ts';
import { seedCloud } from '#src/deploy/seed.ts';
import { readRows, readTraces, removeTraces, type CloudMarks, type Traces } from './cloud-traces.ts';
import { CloudUser } from './cloud-user.ts';
import { Secrecy } from './secrecy.ts';
import { until, type Patience } from './until.ts';

const MAIN = join(import.meta.dirname, '../../src/main.ts');
const REGION = 'RegionOne';
/** On a machine that has much else to do. */
const START = { limitMs: 120_000 };

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
  readonly #daemons = new Map<DaemonName, ChildProcess>();

  private constructor(root: string, place: Place) {
    this.#root = root;
    this.adminPassword = place.adminPassword;
    this.secrecy.keep(place.adminPassword);
    this.marks = { paths: hostPaths(root), cgroup: place.cgroup, prefix: place.prefix };
    this.baseUrl = place.http.publicUrl;
    this.externalNetwork = place.externalNetwork;
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

  /** Resolves when control answers, or when the node is connected. */
  async start(name: DaemonName): Promise<void> {
    const log = await open(this.#logPath(name), 'a');
    const [command = '', ...args] = daemonCommand(name, this.paths);
    const child = start(command, args, { stdio: ['ignore', log.fd, log.fd], cwd: '/' });
    this.#daemons.set(name, child);
    await once(child, 'spawn');
    await log.close();
    await this.#ready(name, child);
  }

  /** Resolves when control answers and the node is connected to it. */
  async untilWhole(): Promise<void> {
    await until('the node is connected', async () => isReady(await findHealth(this.baseUrl)));
  }

  /** `kill -9`: no word of farewell, nothing written. */
  kill(name: DaemonName): Promise<void> {
    return this.#end(name, 'SIGKILL');
  }

  stop(name: DaemonName): Promise<void> {
    return this.#end(name, 'SIGTERM');
  }

  /** What `hydria down` does before it stops the daemons. */
  async stopWorkloads(): Promise<void> {
    await exec(process.execPath, [MAIN, 'node-stop', '--config', this.paths.config], { timeout: 60_000 });
  }

  pid(name: DaemonName): number {
    const pid = this.#daemons.get(name)?.pid;
    if (pid === undefined) throw new Error(`${name} does not run.`);
    return pid;
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
    return readFile(this.#logPath(name), 'utf8');
  }

  /** @throws when a secret that the test used was logged, or lies open in a database. */
  async close(): Promise<void> {
    for (const name of this.#daemons.keys()) await this.kill(name);
    await removeTraces(this.marks);
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

  async #end(name: DaemonName, signal: NodeJS.Signals): Promise<void> {
    const child = this.#daemons.get(name);
    if (child === undefined || hasEnded(child)) return;
    child.kill(signal);
    await once(child, 'exit');
  }

  async #ready(name: DaemonName, child: ChildProcess): Promise<void> {
    const ready = until(
      `${name} is ready`,
      async () => {
        if (hasEnded(child)) return 'ended';
        const health = await findHealth(this.baseUrl);
        return (name === 'control' ? health !== undefined : isReady(health)) && 'ready';
      },
      START,
    );
    const state = await ready.catch(String);
    if (state !== 'ready') throw new Error(`${name} is not ready, but ${state}:\n${await this.log(name)}`);
  }

  #seed(): Promise<void> {
    return seedCloud({
      baseUrl: this.baseUrl,
      adminPassword: this.adminPassword,
      region: REGION,
      externalNetwork: this.externalNetwork,
      dataDirectory: this.paths.data,
    });
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
    return [this.#logPath('control'), this.#logPath('node'), ...withJournals];
  }

  #logPath(name: DaemonName): string {
    return join(this.paths.log, `${name}.log`);
  }
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

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
  const prefix = `t${randomLetter()}${randomLetter()}`;
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

const randomLetter = (): string => String.fromCharCode(randomInt(97, 123));

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
    node: { hostname: `node-${prefix}`, cgroup, prefix },
    ...extra,
    network: { vnis, ...extra.network },
  };
  await writeFile(paths.config, stringify(config));
  await writeFile(paths.secrets, secretsText({ ...newSecrets(), adminPassword }), { mode: 0o600 });
}
