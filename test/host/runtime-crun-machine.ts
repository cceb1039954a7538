import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exec } from '#kernel/exec.ts';
import { CrunRuntime } from '#drivers/runtime/crun/driver.ts';
import type { ConmonRuntime } from '#drivers/runtime/conmon/driver.ts';
import type { Program, RuntimeHarness } from '#drivers/runtime/contract.ts';
import type { WorkloadSpec } from '#drivers/runtime/driver.ts';

const CGROUPS = '/sys/fs/cgroup';
const APPLETS =
  'sh sleep echo cat id env pwd ls grep mkdir touch mount unshare stat dd head tail yes true hostname nc tr test seq stty ['.split(
    ' ',
  );

const READY = 'while :; do sleep 3600 & echo ready; wait $!; done';
const SHELL: Readonly<Record<Exclude<Program, 'missing'>, string>> = {
  patient: `trap 'exit 0' TERM; ${READY}`,
  stubborn: `trap '' TERM; ${READY}`,
  failing: 'exit 3',
  talking: 'echo one; echo two >&2; echo three',
  echoing: 'while read line; do echo heard $line; [ "$line" = bye ] && exit 0; done',
  hanging: 'sleep 3600 & wait',
};

export const argsOf = (program: Program): readonly string[] =>
  program === 'missing' ? ['no-such-program'] : ['sh', '-c', SHELL[program]];

/** A folder, a network namespace and a cgroup parent of its own on the real machine, with one layer of busybox. */
export class CrunMachine implements RuntimeHarness {
  readonly base: string;
  readonly cgroupParent: string;
  readonly layer: string;
  readonly netns: string;
  readonly #folder: string;

  protected constructor() {
    const name = `hydria-test-${randomBytes(4).toString('hex')}`;
    this.#folder = join(tmpdir(), name);
    this.netns = name;
    this.base = join(this.#folder, 'base');
    this.layer = join(this.#folder, 'layer');
    this.cgroupParent = `/${name}`;
  }

  static async make(): Promise<CrunMachine> {
    return CrunMachine.prepare(new CrunMachine());
  }

  protected static async prepare<M extends CrunMachine>(machine: M): Promise<M> {
    await makeLayer(machine.layer);
    await exec('ip', ['netns', 'add', machine.netns]);
    return machine;
  }

  readonly args = argsOf;

  open(): ConmonRuntime {
    return new CrunRuntime({ base: this.base, cgroupParent: this.cgroupParent });
  }

  spec(program: Program, changes: Partial<WorkloadSpec> = {}): WorkloadSpec {
    return {
      id: randomUUID(),
      layers: [this.layer],
      args: argsOf(program),
      env: {},
      workdir: '',
      user: '',
      hostname: 'box',
      tty: false,
      stdin: false,
      privileged: false,
      netns: `/run/netns/${this.netns}`,
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

  async leaks(): Promise<readonly string[]> {
    const mounts = (await readFile('/proc/self/mountinfo', 'utf8'))
      .split('\n')
      .filter((line) => line.includes(this.base));
    const folders = ['workloads', 'exits', 'state'].map((name) => join(this.base, name));
    const files = await Promise.all(folders.map((folder) => readdir(folder).catch(() => [])));
    return [...mounts, ...files.flat(), ...this.#groups(), ...this.#processes()];
  }

  async dispose(): Promise<void> {
    await exec('ip', ['netns', 'del', this.netns]);
    await rm(this.#folder, { recursive: true, force: true });
    for (const controller of readdirSync(CGROUPS)) {
      const parent = join(CGROUPS, controller, this.cgroupParent);
      for (const folder of [join(parent, 'conmon'), parent])
        if (existsSync(folder)) await exec('rmdir', [folder]);
    }
  }

  #groups(): readonly string[] {
    return readdirSync(CGROUPS).flatMap((controller) => {
      const parent = join(CGROUPS, controller, this.cgroupParent);
      if (!existsSync(parent)) return [];
      const entries = readdirSync(parent, { withFileTypes: true });
      return entries
        .filter((entry) => entry.isDirectory() && entry.name !== 'conmon')
        .map((entry) => join(parent, entry.name));
    });
  }

  /** Whatever names our folder on its command line: monitors, crun, the runtime program. */
  #processes(): readonly string[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name) && name !== String(process.pid))
      .map((pid) => commandOf(pid))
      .filter((command) => command.includes(this.base));
  }
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

/** The root file system of its programs. */
export async function makeLayer(layer: string): Promise<void> {
  for (const folder of ['bin', 'etc', 'proc', 'sys', 'dev', 'tmp', 'home/ann'])
    await mkdir(join(layer, folder), { recursive: true });
  await copyFile('/bin/busybox', join(layer, 'bin/busybox'));
  await Promise.all(APPLETS.map((applet) => symlink('busybox', join(layer, 'bin', applet))));
  await writeFile(
    join(layer, 'etc/passwd'),
    'root:x:0:0:root:/root:/bin/sh\nann:x:1000:100::/home/ann:/bin/sh\n',
  );
  await writeFile(join(layer, 'etc/group'), 'root:x:0:\nusers:x:100:\nwheel:x:10:ann\n');
}
