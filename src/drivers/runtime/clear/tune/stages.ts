import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { CloudError, notFound } from '#kernel/errors.ts';
import type { PrivateApt } from './apt.ts';
import {
  FIRMWARE_FILES,
  FIRMWARE_PACKAGE,
  KERNEL_PACKAGE,
  QEMU_OPTIONS,
  QEMU_SOURCE,
  unmetOptions,
  type Recipe,
} from './recipe.ts';
import type { Stage } from './step.ts';
import type { Workshop } from './workshop.ts';

export interface BuildDeps {
  readonly recipe: Recipe;
  readonly apt: PrivateApt;
  readonly workshop: Workshop;
  /** Where all is built. */
  readonly work: string;
  /** Where the parts go: `vmlinux`, `qemu-system-x86_64`, `share`. */
  readonly result: string;
}

/** The same input makes the same kernel, byte for byte. */
const KERNEL_VARIABLES = {
  KBUILD_BUILD_TIMESTAMP: '@0',
  KBUILD_BUILD_USER: 'hydria',
  KBUILD_BUILD_HOST: 'hydria',
};

const MEND_NETWORK = 'see that this machine reaches its Debian mirror, then run it again.';
const MEND_BUILD = 'read the end of the log; then run it again: it goes on from here.';

/** From nothing to the parts in `result`. */
export const buildStages = (deps: BuildDeps): readonly Stage[] => [
  ...kernelStages(deps),
  ...qemuStages(deps),
  {
    key: 'firmware',
    name: "take QEMU's firmware",
    inputs: [deps.recipe.firmwareVersion, ...FIRMWARE_FILES],
    run: () => takeFirmware(deps),
    mend: MEND_NETWORK,
  },
  {
    key: 'assemble',
    name: 'put the parts together',
    inputs: [],
    run: () => assemble(deps),
    mend: MEND_BUILD,
  },
];

function kernelStages(deps: BuildDeps): readonly Stage[] {
  const { recipe, workshop, work } = deps;
  const tree = kernelTree(work);
  const make = (...targets: readonly string[]) =>
    workshop.run('make', ['-C', tree, ...targets], { env: KERNEL_VARIABLES });
  return [
    {
      key: 'kernel-source',
      name: `get the source of Linux ${recipe.kernelVersion}`,
      inputs: [KERNEL_PACKAGE, recipe.kernelVersion],
      run: () => getKernelSource(deps),
      mend: MEND_NETWORK,
    },
    {
      key: 'kernel-config',
      name: 'configure the kernel',
      inputs: [recipe.kernelConfig, recipe.compiler],
      run: () => configureKernel(deps, make),
      mend: 'this kernel does not have these options: mend kernel.config.',
    },
    {
      key: 'kernel',
      name: 'compile the kernel',
      inputs: [],
      run: () => make(`-j${availableParallelism()}`, 'vmlinux'),
      mend: MEND_BUILD,
    },
  ];
}

const kernelTree = (work: string): string => join(work, 'kernel/tree');

async function getKernelSource({ recipe, apt, workshop, work }: BuildDeps): Promise<void> {
  const download = await freshDirectory(join(work, 'kernel/download'));
  const unpacked = await freshDirectory(join(work, 'kernel/package'));
  await apt.download(KERNEL_PACKAGE, recipe.kernelVersion, download);
  await workshop.run('dpkg-deb', ['-x', await onlyFile(download, '.deb'), unpacked]);
  const archive = join(unpacked, `usr/src/${KERNEL_PACKAGE}.tar.xz`);
  const tree = await freshDirectory(kernelTree(work));
  await workshop.run('tar', ['-xf', archive, '-C', tree, '--strip-components=1', '--no-same-owner']);
  for (const used of [download, unpacked]) await rm(used, { recursive: true });
}

async function configureKernel(
  { recipe, workshop, work }: BuildDeps,
  make: (...targets: readonly string[]) => Promise<void>,
): Promise<void> {
  const tree = kernelTree(work);
  const fragment = join(work, 'kernel/fragment');
  await writeFile(fragment, recipe.kernelConfig);
  await make('tinyconfig');
  await workshop.run('scripts/kconfig/merge_config.sh', ['-m', '.config', fragment], { cwd: tree });
  await make('olddefconfig');
  const unmet = unmetOptions(recipe.kernelConfig, await readFile(join(tree, '.config'), 'utf8'));
  if (unmet.length > 0)
    throw new CloudError('internal', `The kernel cannot be had with: ${unmet.join(', ')}`);
}

function qemuStages(deps: BuildDeps): readonly Stage[] {
  const { recipe, workshop, work } = deps;
  const build = join(work, 'qemu/build');
  return [
    {
      key: 'qemu-source',
      name: `get the source of QEMU ${recipe.qemuVersion}`,
      inputs: [QEMU_SOURCE, recipe.qemuVersion, 'mended stub'],
      run: () => getQemuSource(deps),
      mend: MEND_NETWORK,
    },
    {
      key: 'qemu-config',
      name: 'configure QEMU',
      inputs: [recipe.devices, recipe.compiler, ...QEMU_OPTIONS],
      run: () => configureQemu(deps, build),
      mend: MEND_BUILD,
    },
    {
      key: 'qemu',
      name: 'compile QEMU',
      inputs: [],
      run: () => workshop.run('ninja', ['-C', build, `-j${availableParallelism()}`, 'qemu-system-x86_64']),
      mend: MEND_BUILD,
    },
  ];
}

async function getQemuSource({ recipe, apt, workshop, work }: BuildDeps): Promise<void> {
  const download = await freshDirectory(join(work, 'qemu/download'));
  const tree = join(work, 'qemu/tree');
  await rm(tree, { recursive: true, force: true });
  await apt.source(QEMU_SOURCE, recipe.qemuVersion, download);
  await workshop.run('dpkg-source', ['-x', await onlyFile(download, '.dsc'), tree]); // with Debian's patches
  await rm(download, { recursive: true });
  await mendStub(join(tree, 'hw/acpi/acpi-x86-stub.c'));
}

/** QEMU 7.2 links a microvm without the other PCs to a stub beside the function itself: the stub has to yield. */
async function mendStub(path: string): Promise<void> {
  const text = await readFile(path, 'utf8');
  await writeFile(path, text.replace(/^void pc_madt_cpu_entry\(/m, '__attribute__((weak)) $&'));
}

async function configureQemu({ recipe, workshop, work }: BuildDeps, build: string): Promise<void> {
  const tree = join(work, 'qemu/tree');
  await freshDirectory(build);
  await writeFile(join(tree, 'configs/devices/x86_64-softmmu/clear.mak'), recipe.devices);
  await workshop.run(join(tree, 'configure'), QEMU_OPTIONS, { cwd: build });
}

async function takeFirmware({ recipe, apt, workshop, work }: BuildDeps): Promise<void> {
  const download = await freshDirectory(join(work, 'firmware/download'));
  const unpacked = await freshDirectory(join(work, 'firmware/package'));
  await apt.download(FIRMWARE_PACKAGE, recipe.firmwareVersion, download);
  await workshop.run('dpkg-deb', ['-x', await onlyFile(download, '.deb'), unpacked]);
}

async function assemble({ workshop, work, result }: BuildDeps): Promise<void> {
  await rm(result, { recursive: true, force: true });
  await mkdir(join(result, 'share'), { recursive: true, mode: 0o755 });
  const strip = (from: string, name: string) =>
    workshop.run('strip', ['-s', '-o', join(result, name), join(work, from)]);
  await strip('kernel/tree/vmlinux', 'vmlinux');
  await strip('qemu/build/qemu-system-x86_64', 'qemu-system-x86_64');
  for (const name of FIRMWARE_FILES)
    await copyFile(join(work, 'firmware/package/usr/share/qemu', name), join(result, 'share', name));
}

/** What an earlier run left in it is of no use. */
async function freshDirectory(path: string): Promise<string> {
  await rm(path, { recursive: true, force: true });
  await mkdir(path, { recursive: true, mode: 0o755 });
  return path;
}

async function onlyFile(directory: string, suffix: string): Promise<string> {
  const name = (await readdir(directory)).find((each) => each.endsWith(suffix));
  if (name === undefined) throw notFound(`apt-get left no ${suffix} in ${directory}.`);
  return join(directory, name);
}
