import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exec, start } from '#kernel/exec.ts';
import { newUuid } from '#kernel/ids.ts';
import { ownCgroups, removeCgroup } from '#src/deploy/host/cgroups.ts';
import { until } from '#test/support/until.ts';

/** A dockerd of our own on a port of the loopback, without networks, with one image in it. */
export class DockerDaemon implements AsyncDisposable {
  readonly #root: string;
  readonly #port: number;
  readonly #cgroup = `hydria-test-docker-${newUuid().slice(0, 8)}`;
  #daemon: ChildProcess | undefined;

  private constructor(root: string, port: number) {
    this.#root = root;
    this.#port = port;
  }

  static async start(): Promise<DockerDaemon> {
    const made = new DockerDaemon(await mkdtemp(join(tmpdir(), 'heat-docker-')), await freePort());
    await made.#start();
    return made;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** An image of busybox alone. */
  async build(name: string, command: readonly string[]): Promise<void> {
    const files = join(this.#root, 'files');
    await mkdir(join(files, 'bin'), { recursive: true });
    await exec('cp', ['/bin/busybox', join(files, 'bin', 'busybox')]);
    for (const applet of ['sh', 'sleep', 'httpd', 'echo'])
      await exec('ln', ['-sf', 'busybox', join(files, 'bin', applet)]);
    const archive = join(this.#root, 'image.tar');
    await exec('tar', ['-C', files, '-cf', archive, '.']);
    await this.docker('import', '--change', `CMD ${JSON.stringify(command)}`, archive, name);
  }

  async docker(...args: readonly string[]): Promise<string> {
    return (await exec('docker', ['--host', this.#tcp, ...args], { timeout: 60_000 })).stdout.trim();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ids = (await this.docker('ps', '--all', '--quiet').catch(() => '')).split('\n').filter(Boolean);
    if (ids.length > 0) await this.docker('rm', '--force', ...ids);
    const daemon = this.#daemon;
    if (daemon && daemon.exitCode === null && daemon.kill('SIGTERM')) await once(daemon, 'exit');
    for (const group of await ownCgroups(this.#cgroup)) await removeCgroup(group);
    await rm(this.#root, { recursive: true, force: true });
  }

  get #tcp(): string {
    return `tcp://127.0.0.1:${this.#port}`;
  }

  async #start(): Promise<void> {
    const root = this.#root;
    await writeFile(join(root, 'daemon.json'), '{}');
    const log = await open(join(root, 'log'), 'a');
    this.#daemon = start(
      'dockerd',
      [
        `--config-file=${root}/daemon.json`,
        `--data-root=${root}/data`,
        `--exec-root=${root}/exec`,
        `--pidfile=${root}/pid`,
        `--host=${this.#tcp}`,
        '--tls=false',
        `--cgroup-parent=/${this.#cgroup}`,
        '--bridge=none',
        '--iptables=false',
        '--ip-forward=false',
        '--ip-masq=false',
      ],
      { stdio: ['ignore', log.fd, log.fd] },
    );
    await once(this.#daemon, 'spawn');
    await log.close();
    const answers = () =>
      this.docker('info').then(
        () => true,
        () => false,
      );
    await until('dockerd answers', answers, { everyMs: 100, limitMs: 60_000 });
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}
