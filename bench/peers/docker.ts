import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exec, start } from '#kernel/exec.ts';
import { newUuid } from '#kernel/ids.ts';
import { ownCgroups, removeCgroup } from '#src/deploy/host/cgroups.ts';
import { buildBusybox } from '#oci/standard-images.ts';
import { listProcesses, type ProcessInfo } from '#src/deploy/host/processes.ts';
import { until } from '#test/support/until.ts';

const BUSYBOX = '/bin/busybox';
const CGROUP = 'hydria-bench-docker';

/** A Docker Engine of our own: own data, socket and network namespace, so that it changes nothing on the machine. */
export class PrivateDocker implements AsyncDisposable {
  readonly #root: string;
  readonly #namespace: string;
  readonly #daemon: ChildProcess;

  private constructor(root: string, namespace: string, daemon: ChildProcess) {
    this.#root = root;
    this.#namespace = namespace;
    this.#daemon = daemon;
  }

  /** @param archive of the image `busybox:latest`, as `docker save` writes it */
  static async start(archive: string): Promise<PrivateDocker> {
    const root = await mkdtemp(join(tmpdir(), 'bench-docker-'));
    const namespace = `bench-${newUuid().slice(0, 8)}`;
    await exec('ip', ['netns', 'add', namespace]);
    await exec('ip', ['-n', namespace, 'link', 'set', 'lo', 'up']);
    const log = await open(join(root, 'log'), 'w');
    const daemon = start('nsenter', [`--net=/run/netns/${namespace}`, 'dockerd', ...options(root)], {
      stdio: ['ignore', log.fd, log.fd],
    });
    await once(daemon, 'spawn');
    await log.close();
    const docker = new PrivateDocker(root, namespace, daemon);
    try {
      await until('dockerd answers', async () => (await docker.run('info')) !== '', { everyMs: 100 });
      await docker.run('load', '--input', archive);
    } catch (thrown) {
      await docker[Symbol.asyncDispose]();
      throw thrown;
    }
    return docker;
  }

  /** One that has the image `busybox:latest`, made from this machine's. */
  static async withBusybox(): Promise<PrivateDocker> {
    const directory = await mkdtemp(join(tmpdir(), 'bench-image-'));
    try {
      const archive = join(directory, 'busybox.tar');
      await buildBusybox(archive, BUSYBOX);
      return await PrivateDocker.start(archive);
    } finally {
      await rm(directory, { recursive: true });
    }
  }

  /** Of the daemon and its containerd, and of what they run for each container. */
  async processes(): Promise<{ daemons: readonly number[]; monitors: readonly number[] }> {
    const all = (await listProcesses()).filter(({ args }) => args.some((arg) => arg.includes(this.#root)));
    const isMonitor = ({ args }: ProcessInfo) => args[0]?.includes('containerd-shim') ?? false;
    const pids = (processes: readonly ProcessInfo[]) => processes.map(({ pid }) => pid);
    return {
      daemons: pids(all.filter((one) => !isMonitor(one))),
      monitors: pids(all.filter(isMonitor)),
    };
  }

  async run(...args: readonly string[]): Promise<string> {
    const { stdout } = await exec('docker', ['--host', `unix://${this.#root}/socket`, ...args], {
      timeout: 60_000,
    });
    return stdout;
  }

  /** @returns its id */
  async runSleeper(network: 'none' | 'bridge'): Promise<string> {
    return (await this.run('run', '--detach', '--network', network, 'busybox', 'sleep', '600')).trim();
  }

  async removeAll(): Promise<void> {
    const ids = (await this.run('ps', '--all', '--quiet')).split('\n').filter(Boolean);
    if (ids.length > 0) await this.run('rm', '--force', ...ids);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.removeAll().catch(() => {}); // it may never have come up
    if (this.#daemon.exitCode === null && this.#daemon.kill('SIGTERM')) await once(this.#daemon, 'exit');
    for (const group of await ownCgroups(CGROUP)) await removeCgroup(group);
    await exec('ip', ['netns', 'delete', this.#namespace]);
    await rm(this.#root, { recursive: true, force: true });
  }
}

const options = (root: string): readonly string[] => [
  `--data-root=${root}/data`,
  `--exec-root=${root}/exec`,
  `--pidfile=${root}/pid`,
  `--host=unix://${root}/socket`,
  `--cgroup-parent=/${CGROUP}`,
];
