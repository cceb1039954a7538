import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exec } from '#kernel/exec.ts';
import { newUuid } from '#kernel/ids.ts';

/** crun refuses a hybrid layout of control groups unless this is out of its sight. */
const UNIFIED = '/sys/fs/cgroup/unified';
const LIMITS = { memory: { limit: 64 << 20 }, cpu: { quota: 50_000, period: 100_000 }, pids: { limit: 100 } };

interface Spec {
  root: { path: string };
  process: { terminal: boolean; args: string[] };
  linux: { namespaces: { type: string; path?: string }[]; cgroupsPath?: string; resources?: object };
}

/** What nobody who uses crun can be faster than: an overlay, a namespace with a cable to a bridge, limits, `crun run`. */
export class BareCrun implements AsyncDisposable {
  readonly #root: string;
  readonly #prefix = `b${newUuid().slice(0, 4)}`;
  readonly #spec: Spec;
  readonly #ids: string[] = [];

  private constructor(root: string, spec: Spec) {
    this.#root = root;
    this.#spec = spec;
  }

  static async prepare(busybox: string): Promise<BareCrun> {
    const root = await mkdtemp(join(tmpdir(), 'bench-crun-'));
    await exec('crun', ['spec'], { cwd: root });
    const spec = JSON.parse(await readFile(join(root, 'config.json'), 'utf8')) as Spec;
    for (const name of ['bin', 'dev', 'proc', 'sys'])
      await mkdir(join(root, 'layer', name), { recursive: true });
    await copyFile(busybox, join(root, 'layer/bin/busybox'));
    await symlink('busybox', join(root, 'layer/bin/sleep'));
    const crun = new BareCrun(root, spec);
    await exec('ip', ['netns', 'add', crun.#switch]);
    await exec('ip', ['-n', crun.#switch, 'link', 'add', 'br0', 'up', 'type', 'bridge']);
    return crun;
  }

  /** Resolves when its process runs. */
  async runSleeper(index: number): Promise<void> {
    const id = `${this.#prefix}-${index}`;
    this.#ids.push(id);
    const bundle = join(this.#root, id);
    await Promise.all(
      ['rootfs', 'upper', 'work'].map((name) => mkdir(join(bundle, name), { recursive: true })),
    );
    await writeFile(join(bundle, 'config.json'), JSON.stringify(this.#specOf(id)));
    await Promise.all([this.#mount(bundle), this.#plug(id, index)]);
    await this.#crun('run', '--detach', '--bundle', bundle, id);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const id of this.#ids) {
      await this.#crun('delete', '--force', id);
      await exec('umount', [join(this.#root, id, 'rootfs')]);
      await exec('ip', ['netns', 'delete', id]);
    }
    await exec('ip', ['netns', 'delete', this.#switch]);
    await rm(this.#root, { recursive: true });
  }

  get #switch(): string {
    return `${this.#prefix}-switch`;
  }

  #specOf(id: string): Spec {
    const { process, linux, ...rest } = this.#spec;
    const namespaces = linux.namespaces.map((one) =>
      one.type === 'network' ? { ...one, path: `/run/netns/${id}` } : one,
    );
    return {
      ...rest,
      root: { path: 'rootfs' },
      process: { ...process, terminal: false, args: ['sleep', '600'] },
      linux: { ...linux, namespaces, cgroupsPath: `/${id}`, resources: LIMITS },
    };
  }

  async #mount(bundle: string): Promise<void> {
    const layers = [`lowerdir=${this.#root}/layer`, `upperdir=${bundle}/upper`, `workdir=${bundle}/work`];
    await exec('mount', ['-t', 'overlay', 'overlay', '-o', layers.join(','), join(bundle, 'rootfs')]);
  }

  /** Three processes: a namespace, the cable, and what is set at its inner end. */
  async #plug(id: string, index: number): Promise<void> {
    await exec('ip', ['netns', 'add', id]);
    const cable = [
      `link add p${index} type veth peer name eth0 netns ${id}`,
      `link set p${index} master br0 up`,
    ];
    await exec('ip', ['-n', this.#switch, '-batch', '-'], { input: cable.join('\n') });
    const inside = [
      'link set lo up',
      `addr add 10.9.${index >> 8}.${(index & 255) + 1}/16 dev eth0`,
      'link set eth0 up',
      'route add default via 10.9.255.254',
    ];
    await exec('ip', ['-n', id, '-batch', '-'], { input: inside.join('\n') });
  }

  async #crun(...args: readonly string[]): Promise<void> {
    const command = ['crun', `--root=${this.#root}/state`, ...args];
    const [program = '', ...rest] = existsSync(`${UNIFIED}/cgroup.controllers`)
      ? ['unshare', '-m', 'sh', '-c', 'umount "$0" && exec "$@"', UNIFIED, ...command]
      : command;
    // A detached container keeps its streams: they must not be ours, or we would wait for its end.
    await exec('setsid', ['sh', '-c', 'exec "$@" </dev/null >/dev/null 2>&1', program, program, ...rest]);
  }
}
