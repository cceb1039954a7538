import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exec, start, type ExecResult } from '#kernel/exec.ts';
import { newUuid } from '#kernel/ids.ts';
import { ownCgroups, removeCgroup } from '#src/deploy/host/cgroups.ts';
import { until } from '#test/support/until.ts';

const PLUGINS = '/run/docker/plugins';

/**
 * A dockerd of our own on the machine's network, where Kuryr leaves its devices: own data, socket and, in a mount namespace
 * of its own, plug-ins. It makes no bridge and no rule, and can be killed and started again.
 */
export class KuryrDocker implements AsyncDisposable {
  readonly #root: string;
  readonly #cgroup = `hydria-test-docker-${newUuid().slice(0, 8)}`;
  readonly #mounts: ChildProcess;
  #daemon: ChildProcess | undefined;

  private constructor(root: string, mounts: ChildProcess) {
    this.#root = root;
    this.#mounts = mounts;
  }

  static async make(): Promise<KuryrDocker> {
    const root = await mkdtemp(join(tmpdir(), 'kuryr-docker-'));
    await mkdir(join(root, 'plugins'));
    await mkdir(PLUGINS, { recursive: true });
    const mount = 'mount --bind "$0" "$1" && echo ready && exec sleep infinity';
    const mounts = start('unshare', ['--mount', 'sh', '-euc', mount, join(root, 'plugins'), PLUGINS]);
    if (mounts.stdout) await once(mounts.stdout, 'data');
    return new KuryrDocker(root, mounts);
  }

  /** Where a plug-in has to listen for this dockerd to find it. */
  get socket(): string {
    return join(this.#root, 'plugins', 'kuryr.sock');
  }

  async start(): Promise<void> {
    const log = await open(join(this.#root, 'log'), 'a');
    const into = [`--mount=/proc/${this.#mounts.pid}/ns/mnt`, '--', 'dockerd'];
    this.#daemon = start('nsenter', [...into, ...this.#options()], { stdio: ['ignore', log.fd, log.fd] });
    await once(this.#daemon, 'spawn');
    await log.close();
    const answers = async () => (await this.try('info')).code === 0;
    // After a kill it first stops the containers that it finds, as patiently as `docker stop`.
    await until('dockerd answers', answers, { everyMs: 100, limitMs: 60_000 });
  }

  /** `kill -9`. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
    // Where process 1 reaps no orphans, dead ones look alive to the next dockerd.
    for (const file of ['pid', 'exec/containerd/containerd.pid'])
      await rm(join(this.#root, file), { force: true });
  }

  async run(...args: readonly string[]): Promise<string> {
    return (await this.#docker(args, [0])).stdout.trim();
  }

  /** Any exit code is an answer. */
  try(...args: readonly string[]): Promise<ExecResult> {
    return this.#docker(
      args,
      Array.from({ length: 256 }, (_, code) => code),
    );
  }

  /** What dockerd itself says. */
  log(): Promise<string> {
    return readFile(join(this.#root, 'log'), 'utf8');
  }

  async pings(container: string, address: string): Promise<boolean> {
    return (await this.try('exec', container, 'ping', '-c', '1', '-W', '1', address)).code === 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ids = (await this.try('ps', '--all', '--quiet')).stdout.split('\n').filter(Boolean);
    if (ids.length > 0) await this.try('rm', '--force', ...ids);
    await this.#end('SIGTERM');
    for (const group of await ownCgroups(this.#cgroup)) await removeCgroup(group);
    if (this.#mounts.kill('SIGKILL')) await once(this.#mounts, 'exit');
    await rm(this.#root, { recursive: true, force: true });
  }

  #docker(args: readonly string[], okCodes: readonly number[]): Promise<ExecResult> {
    return exec('docker', ['--host', `unix://${this.#root}/socket`, ...args], { timeout: 60_000, okCodes });
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const daemon = this.#daemon;
    this.#daemon = undefined;
    if (daemon && daemon.exitCode === null && daemon.kill(signal)) await once(daemon, 'exit');
  }

  #options(): readonly string[] {
    const root = this.#root;
    return [
      `--data-root=${root}/data`,
      `--exec-root=${root}/exec`,
      `--pidfile=${root}/pid`,
      `--host=unix://${root}/socket`,
      `--cgroup-parent=/${this.#cgroup}`,
      '--bridge=none',
      '--iptables=false',
      '--ip-forward=false',
      '--ip-masq=false',
    ];
  }
}
