import { randomInt } from 'node:crypto';
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { Config } from '#kernel/config.ts';
import { exec } from '#kernel/exec.ts';
import { hostPaths, ownDirectories } from '#src/deploy/host/paths.ts';
import { issueCertificate } from '#ssntp/certificates.ts';
import { Role } from '#ssntp/roles.ts';
import { readTraces, removeTraces, type CloudMarks, type Traces } from './cloud-traces.ts';
import { Daemon } from './daemon.ts';
import { releasePrefix, takePrefix } from './prefix.ts';
import { freePort, hostnameOf, type RealCloud } from './real-cloud.ts';

/**
 * Another real node of a real cloud, on a machine of its own as far as networks go: a network namespace with a cable to
 * this machine, own directory, certificate, prefix and address.
 *
 *     const second = await SecondNode.make();
 *     const cloud = await RealCloud.start(second.cloudConfig);
 *     await second.join(cloud);
 */
export class SecondNode implements AsyncDisposable {
  readonly marks: CloudMarks;
  readonly hostname: string;
  /** Network namespace that plays its machine. */
  readonly machine: string;
  /** What its cloud has to be started with: control listens at this end of the cable. */
  readonly cloudConfig: Partial<Config>;
  readonly #root: string;
  readonly #daemon: Daemon;
  #cloud: RealCloud | undefined;

  private constructor(root: string, prefix: string, ssntp: Config['ssntp']) {
    this.#root = root;
    this.marks = { paths: hostPaths(root), cgroup: `hydria-test-${prefix}`, prefix };
    this.hostname = hostnameOf(prefix);
    this.machine = `${prefix}-machine`;
    this.cloudConfig = { ssntp };
    const into = ['nsenter', `--net=/run/netns/${this.machine}`];
    const isReady = async () => (await this.#cloud?.sees(this.hostname)) ?? false;
    this.#daemon = new Daemon({ name: 'node', paths: this.marks.paths, into, isReady });
  }

  /** A namespace at the end of a cable; the cloud comes next. */
  static async make(): Promise<SecondNode> {
    const root = await mkdtemp(join(tmpdir(), 'second-node-'));
    await chmod(root, 0o755); // workloads run as other users
    const prefix = await takePrefix();
    const range = `10.${randomInt(64)}.${randomInt(256)}`;
    const [here, there] = [`${range}.1`, `${range}.2`];
    const device = `${prefix}-wire`;
    const machine = `${prefix}-machine`;
    await exec('ip', ['netns', 'add', machine]);
    await exec('ip', ['link', 'add', device, 'type', 'veth', 'peer', 'name', 'wire', 'netns', machine]);
    await exec('ip', ['addr', 'add', `${here}/24`, 'dev', device]);
    await exec('ip', ['link', 'set', device, 'up']);
    await exec('ip', ['-n', machine, 'addr', 'add', `${there}/24`, 'dev', 'wire']);
    for (const name of ['lo', 'wire']) await exec('ip', ['-n', machine, 'link', 'set', name, 'up']);
    return new SecondNode(root, prefix, { host: here, port: await freePort(here) });
  }

  /** Started, and seen by the cloud. */
  async join(cloud: RealCloud): Promise<void> {
    const { paths, cgroup, prefix } = this.marks;
    for (const directory of ownDirectories(paths)) await mkdir(directory, { recursive: true });
    const config = parse(await readFile(cloud.paths.config, 'utf8')) as Config;
    const node = { hostname: this.hostname, cgroup, prefix };
    const own = { ...config, data: paths.data, run: paths.run, node, kuryr: undefined };
    await writeFile(paths.config, stringify(own));
    await this.#certify(cloud.paths.pki);
    this.#cloud = cloud;
    await this.start();
  }

  /** Resolves when the cloud sees it. */
  start(): Promise<void> {
    return this.#daemon.start();
  }

  /** `kill -9` of its node; the machine lives. */
  kill(): Promise<void> {
    return this.#daemon.end('SIGKILL');
  }

  /** Pulls its cable, or puts it back: with its node killed, the machine is dead. */
  async plug(state: 'up' | 'down'): Promise<void> {
    await exec('ip', ['-n', this.machine, 'link', 'set', 'wire', state]);
  }

  inventory(): Promise<Traces> {
    return readTraces(this.marks);
  }

  log(): Promise<string> {
    return this.#daemon.log();
  }

  /** Whatever happened, all of it goes. */
  async close(): Promise<void> {
    await this.kill();
    await removeTraces(this.marks); // its machine has its prefix, and the cable goes with it
    releasePrefix(this.marks.prefix);
    await rm(this.#root, { recursive: true, force: true });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #certify(authority: string): Promise<void> {
    const { pki } = this.marks.paths;
    await mkdir(pki, { recursive: true, mode: 0o700 });
    const [certificate, key] = await Promise.all(
      ['ca.pem', 'ca.key'].map((name) => readFile(join(authority, name), 'utf8')),
    );
    const own = await issueCertificate(
      { certificate: certificate ?? '', key: key ?? '' },
      { commonName: this.hostname, roles: Role.Agent | Role.NetAgent, notBefore: new Date() },
    );
    await copyFile(join(authority, 'ca.pem'), join(pki, 'ca.pem'));
    await writeFile(join(pki, 'node.pem'), own.certificate);
    await writeFile(join(pki, 'node.key'), own.key, { mode: 0o600 });
  }
}
