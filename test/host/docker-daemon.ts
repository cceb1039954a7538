import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exec, start, type ExecResult } from '#kernel/exec.ts';
import { newUuid } from '#kernel/ids.ts';
import { ownCgroups, removeCgroup } from '#src/deploy/host/cgroups.ts';
import { until } from '#test/support/until.ts';

interface Settings {
  readonly port: number | undefined;
  readonly runtimes: Readonly<Record<string, string>>;
}

/** A dockerd of our own, with its own data, socket and control groups. It makes no bridge and no rule, and its containers outlive it. */
export class DockerDaemon implements AsyncDisposable {
  readonly root: string;
  readonly #port: number | undefined;
  readonly #runtimes: Readonly<Record<string, string>>;
  readonly #cgroup = `hydria-test-docker-${newUuid().slice(0, 8)}`;
  #daemon: ChildProcess | undefined;

  private constructor(root: string, { port, runtimes }: Settings) {
    this.root = root;
    this.#port = port;
    this.#runtimes = runtimes;
  }

  /** With `tcp`, on a port of the loopback too. @param runtimes programs by name, beside Docker's own */
  static async make({
    tcp = false,
    runtimes = {},
  }: {
    readonly tcp?: boolean;
    readonly runtimes?: Readonly<Record<string, string>>;
  } = {}): Promise<DockerDaemon> {
    const root = await mkdtemp(join(tmpdir(), 'hydria-docker-'));
    const daemon = new DockerDaemon(root, { port: tcp ? await freePort() : undefined, runtimes });
    await daemon.start();
    return daemon;
  }

  get socket(): string {
    return join(this.root, 'socket');
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async start(): Promise<void> {
    const log = await open(join(this.root, 'log'), 'a');
    this.#daemon = start('dockerd', this.#options(), { stdio: ['ignore', log.fd, log.fd] });
    await once(this.#daemon, 'spawn');
    await log.close();
    const answers = async () => (await this.docker('info')).code === 0;
    await until('dockerd answers', answers, { everyMs: 100, limitMs: 60_000 });
  }

  /** `kill -9`. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
    // Where process 1 reaps no orphans, dead ones look alive to the next dockerd.
    for (const file of ['pid', 'exec/containerd/containerd.pid'])
      await rm(join(this.root, file), { force: true });
  }

  /** Any exit code is an answer. */
  docker(...args: readonly string[]): Promise<ExecResult> {
    const okCodes = Array.from({ length: 256 }, (_, code) => code);
    return exec('docker', ['--host', `unix://${this.socket}`, ...args], { timeout: 60_000, okCodes });
  }

  /** An image of busybox alone. */
  async build(name: string, command: readonly string[]): Promise<void> {
    const files = join(this.root, 'files');
    await mkdir(join(files, 'bin'), { recursive: true });
    await exec('cp', ['/bin/busybox', join(files, 'bin', 'busybox')]);
    for (const applet of ['sh', 'sleep', 'httpd', 'echo'])
      await exec('ln', ['-sf', 'busybox', join(files, 'bin', applet)]);
    const archive = join(this.root, 'image.tar');
    await exec('tar', ['-C', files, '-cf', archive, '.']);
    await this.docker('import', '--change', `CMD ${JSON.stringify(command)}`, archive, name);
  }

  /** What dockerd itself says. */
  log(): Promise<string> {
    return readFile(join(this.root, 'log'), 'utf8');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ids = (await this.docker('ps', '--all', '--quiet')).stdout.split('\n').filter(Boolean);
    if (ids.length > 0) await this.docker('rm', '--force', ...ids);
    await this.#end('SIGTERM');
    for (const group of await ownCgroups(this.#cgroup)) await removeCgroup(group);
    for (const point of await this.#mounts()) await exec('umount', ['--lazy', point]);
    await rm(this.root, { recursive: true, force: true });
  }

  /** What a dockerd that was killed has left, the innermost first. */
  async #mounts(): Promise<readonly string[]> {
    const table = await readFile('/proc/self/mountinfo', 'utf8');
    const points = table.split('\n').map((line) => line.split(' ')[4] ?? '');
    return points.filter((point) => point.startsWith(`${this.root}/`)).toReversed();
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const daemon = this.#daemon;
    this.#daemon = undefined;
    if (daemon && daemon.exitCode === null && daemon.kill(signal)) await once(daemon, 'exit');
  }

  #options(): readonly string[] {
    return [
      `--data-root=${this.root}/data`,
      `--exec-root=${this.root}/exec`,
      `--pidfile=${this.root}/pid`,
      `--host=unix://${this.socket}`,
      ...(this.#port === undefined ? [] : [`--host=tcp://127.0.0.1:${this.#port}`, '--tls=false']),
      `--cgroup-parent=/${this.#cgroup}`,
      ...Object.entries(this.#runtimes).map(([name, path]) => `--add-runtime=${name}=${path}`),
      '--live-restore',
      '--bridge=none',
      '--iptables=false',
      '--ip-forward=false',
      '--ip-masq=false',
    ];
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}
