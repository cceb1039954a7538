import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { exec } from '#kernel/exec.ts';
import { DockerRuntime } from '#drivers/runtime/docker/driver.ts';
import type { Program, RuntimeHarness } from '#drivers/runtime/contract.ts';
import type { WorkloadSpec } from '#drivers/runtime/driver.ts';
import type { DockerDaemon } from './docker-daemon.ts';
import { argsOf } from './runtime-crun-machine.ts';

/** A folder and a network namespace of its own on the real machine; Docker and a layer of busybox are shared. */
export class DockerMachine implements RuntimeHarness {
  readonly base: string;
  readonly daemon: DockerDaemon;
  readonly netns: string;
  readonly #layer: string;
  readonly #name: string;

  private constructor(daemon: DockerDaemon, layer: string, { base, name }: { base: string; name: string }) {
    this.daemon = daemon;
    this.base = base;
    this.#layer = layer;
    this.#name = name;
    this.netns = `/run/netns/${name}`;
  }

  static async make(daemon: DockerDaemon, layer: string): Promise<DockerMachine> {
    const name = `hydria-test-${randomBytes(4).toString('hex')}`;
    const base = await mkdtemp(join(daemon.root, 'driver-'));
    await exec('ip', ['netns', 'add', name]);
    return new DockerMachine(daemon, layer, { base, name });
  }

  readonly args = argsOf;

  open(): DockerRuntime {
    return new DockerRuntime({ base: this.base, socket: this.daemon.socket });
  }

  spec(program: Program, changes: Partial<WorkloadSpec> = {}): WorkloadSpec {
    return {
      id: randomUUID(),
      layers: [this.#layer],
      args: argsOf(program),
      env: {},
      workdir: '',
      user: '',
      hostname: 'box',
      tty: false,
      stdin: false,
      privileged: false,
      netns: this.netns,
      files: [],
      resources: { cpu: null, memory: 64, pids: 100 },
      stopSignal: 'SIGTERM',
      log: { maxBytes: 1 << 20 },
      ...changes,
    };
  }

  /** Runs the shell text as the workload's program. */
  shell(text: string, changes: Partial<WorkloadSpec> = {}): WorkloadSpec {
    return this.spec('patient', { args: ['sh', '-c', text], ...changes });
  }

  /** Another namespace under the same name. */
  async renewNetns(): Promise<void> {
    await exec('ip', ['netns', 'del', this.#name]);
    await exec('ip', ['netns', 'add', this.#name]);
  }

  async leaks(): Promise<readonly string[]> {
    const lists = await Promise.all([
      this.daemon.docker('ps', '--all', '--format', '{{.Names}}'),
      this.daemon.docker(
        'images',
        '--format',
        '{{.Repository}}:{{.Tag}}',
        '--filter',
        'reference=hydria/kept',
      ),
      this.daemon.docker('volume', 'ls', '--quiet'),
    ]);
    const files = await readdir(join(this.base, 'workloads')).catch(() => []);
    const copies = (await readdir(this.base)).filter((name) => name.startsWith('copy-'));
    return [...lists.flatMap(({ stdout }) => stdout.split('\n').filter(Boolean)), ...files, ...copies];
  }

  async dispose(): Promise<void> {
    await exec('ip', ['netns', 'del', this.#name]);
    await rm(this.base, { recursive: true, force: true });
  }
}
