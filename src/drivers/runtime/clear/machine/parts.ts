import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, realpath, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CloudError } from '#kernel/errors.ts';
import { exec } from '#kernel/exec.ts';
import { buildAgent } from '../agent/build.ts';
import { writeAtomically } from '../../conmon/files.ts';
import type { MachineParts } from './arguments.ts';
import { CHARACTER_DEVICE, cpio, FOLDER, PLAIN_FILE, PROGRAM, type CpioEntry } from './cpio.ts';
import { findAcceleration, type Acceleration } from './acceleration.ts';
import { findTuned } from './tuned.ts';

/** By Node.js' names of processors. */
const QEMU: Readonly<Record<string, string>> = {
  x64: '/usr/bin/qemu-system-x86_64',
  arm64: '/usr/bin/qemu-system-aarch64',
};
const KERNEL_PACKAGE: Readonly<Record<string, string>> = {
  x64: 'linux-image-cloud-amd64',
  arm64: 'linux-image-cloud-arm64',
};
const BUSYBOX = '/bin/busybox';
const DOWNLOAD_MS = 5 * 60_000;
/** In the order in which they need each other. What a kernel has built in is passed over. */
const MODULES = [
  'drivers/virtio/virtio_ring',
  'drivers/virtio/virtio',
  'drivers/virtio/virtio_mmio',
  'net/core/failover',
  'drivers/net/net_failover',
  'drivers/net/virtio_net',
  'drivers/block/virtio_blk',
  'drivers/char/virtio_console',
  'lib/libcrc32c',
  'fs/erofs/erofs',
  'fs/overlayfs/overlay',
];
/** For those machines alone that have such a volume. */
const MODULES_ON_DEMAND = ['fs/xfs/xfs'];

export const qemuProgram = (): string => QEMU[process.arch] ?? 'qemu-system';

/** With the agent's program, and why they are accelerated as they are. */
export interface FoundParts extends MachineParts {
  readonly agent: string;
  readonly acceleration: Acceleration;
}

/**
 * The parts that machines of this host are made of: those that were built here for the purpose, or else Debian's. What is missing is
 * fetched or made, once.
 * @param directory for kernel, initramfs and agent
 */
export async function findParts(directory: string, mergeMemory = false): Promise<FoundParts> {
  await mkdir(directory, { recursive: true, mode: 0o711 });
  const [{ modules, ...programs }, agent, tscKhz] = await Promise.all([
    findPrograms(directory),
    buildAgent(directory),
    readTscKhz(),
  ]);
  const initramfs = await makeInitramfs(directory, modules, agent);
  const parts = { ...programs, initramfs, tscKhz, mergeMemory };
  const acceleration = await findAcceleration(directory, { ...parts, accelerator: 'kvm' });
  return { ...parts, agent, accelerator: acceleration.accelerator, acceleration };
}

type Programs = Pick<MachineParts, 'qemu' | 'firmware' | 'kernel'> & {
  /** Folder of the kernel's drivers; null = all that it has is built in. */
  readonly modules: string | null;
};

async function findPrograms(directory: string): Promise<Programs> {
  const tuned = await findTuned(directory);
  if (tuned) return { qemu: tuned.qemu, firmware: tuned.share, kernel: tuned.vmlinux, modules: null };
  const [{ image, modules }, qemu] = await Promise.all([unpackKernel(directory), realpath(qemuProgram())]);
  return { qemu, firmware: null, kernel: image, modules };
}

/** Debian's kernel for clouds, taken out of its package: to install it would change how this host boots. */
async function unpackKernel(
  directory: string,
): Promise<{ readonly image: string; readonly modules: string }> {
  const folder = join(directory, 'kernel');
  if (!existsSync(folder)) {
    const draft = await mkdtemp(`${folder}-draft-`);
    try {
      await exec('apt-get', ['download', '-q', await packageOfKernel()], {
        cwd: draft,
        timeout: DOWNLOAD_MS,
      });
      const [file = ''] = (await readdir(draft)).filter((name) => name.endsWith('.deb'));
      await exec('dpkg-deb', ['--extract', file, 'tree'], { cwd: draft, timeout: DOWNLOAD_MS });
      await rename(join(draft, 'tree'), folder).catch((thrown: NodeJS.ErrnoException) => {
        if (thrown.code !== 'ENOTEMPTY' && thrown.code !== 'EEXIST') throw thrown; // another process was first
      });
    } finally {
      await rm(draft, { recursive: true, force: true });
    }
  }
  const [image] = (await readdir(join(folder, 'boot'))).filter((name) => name.startsWith('vmlinuz'));
  const [version] = await readdir(join(folder, 'lib/modules'));
  if (image === undefined || version === undefined)
    throw new CloudError('internal', `There is no kernel in ${folder}.`);
  return { image: join(folder, 'boot', image), modules: join(folder, 'lib/modules', version, 'kernel') };
}

/** The newest that the package of packages stands for. */
async function packageOfKernel(): Promise<string> {
  const wanted = KERNEL_PACKAGE[process.arch];
  if (wanted === undefined)
    throw new CloudError('not-implemented', `Debian has no kernel for machines on ${process.arch}.`);
  const find = async () =>
    /Depends: (linux-image-\S+)/.exec((await exec('apt-cache', ['depends', wanted])).stdout)?.[1];
  const known = await find().catch(() => undefined);
  if (known !== undefined) return known;
  await exec('apt-get', ['update', '-q'], { timeout: DOWNLOAD_MS });
  const name = await find();
  if (name === undefined) throw new CloudError('internal', `The package ${wanted} stands for no kernel.`);
  return name;
}

/** What a machine finds at its start: the agent, its tools, the kernel's drivers. Same parts, same bytes. */
async function makeInitramfs(directory: string, modules: string | null, agent: string): Promise<string> {
  const there = (name: string) => modules !== null && existsSync(join(modules, `${name}.ko`));
  const names = MODULES.filter(there);
  const fileName = (name: string) => `${name.split('/').at(-1)}.ko`;
  const folder = (path: string): CpioEntry => ({ path, mode: FOLDER });
  const drivers = await Promise.all(
    [...names, ...MODULES_ON_DEMAND.filter(there)].map(async (name) => ({
      path: `modules/${fileName(name)}`,
      mode: PLAIN_FILE,
      content: await readFile(join(modules ?? '', `${name}.ko`)),
    })),
  );
  const archive = cpio([
    ...['bin', 'dev', 'modules', 'proc', 'root', 'run', 'sys'].map(folder),
    { path: 'dev/console', mode: CHARACTER_DEVICE, device: { major: 5, minor: 1 } },
    { path: 'init', mode: PROGRAM, content: await readFile(agent) },
    { path: 'bin/busybox', mode: PROGRAM, content: await readFile(BUSYBOX) },
    ...drivers,
    {
      path: 'modules/list',
      mode: PLAIN_FILE,
      content: Buffer.from(names.map((name) => `${fileName(name)}\n`).join('')),
    },
  ]);
  const file = join(directory, 'initramfs');
  const known = await readFile(file).catch(() => undefined);
  if (!known?.equals(archive)) await writeAtomically(file, archive, 0o644);
  return file;
}

async function readTscKhz(): Promise<number> {
  const mhz = /^cpu MHz\s*: ([\d.]+)$/m.exec(await readFile('/proc/cpuinfo', 'utf8'))?.[1];
  return Math.round(Number(mhz ?? 1000) * 1000);
}
