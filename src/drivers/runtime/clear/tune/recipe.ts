import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PrivateApt } from './apt.ts';
import { digestOf } from './step.ts';
import type { Workshop } from './workshop.ts';

/** Debian packages that the build and its check run. */
export const TUNE_PACKAGES: readonly string[] = [
  'bc',
  'binutils',
  'bison',
  'cpio',
  'dpkg-dev',
  'e2fsprogs',
  'erofs-utils',
  'flex',
  'gcc',
  'libc6-dev',
  'libelf-dev',
  'libfdt-dev',
  'libglib2.0-dev',
  'libpixman-1-dev',
  'libseccomp-dev',
  'make',
  'meson',
  'ninja-build',
  'perl',
  'pkg-config',
  'python3',
  'python3-venv',
  'xz-utils',
  'zlib1g-dev',
];

export const KERNEL_PACKAGE = 'linux-source-6.1';
export const QEMU_SOURCE = 'qemu';
/** Its firmware is built from the same source. */
export const FIRMWARE_PACKAGE = 'qemu-system-data';
/** What of the firmware a microvm starts from, with ACPI and without. */
export const FIRMWARE_FILES: readonly string[] = ['qboot.rom', 'bios-microvm.bin'];

const DRIVERS = 'raw,file,host_device';

/**
 * Of QEMU's `configure`: the emulation, KVM, the sandbox, and nothing else that can be left out. Not position-independent: its
 * relocations would cost each machine 4 MB.
 */
export const QEMU_OPTIONS: readonly string[] = [
  '--target-list=x86_64-softmmu',
  '--without-default-features',
  '--without-default-devices',
  '--with-devices-x86_64=clear',
  '--enable-tcg',
  '--enable-kvm',
  '--enable-seccomp',
  '--enable-fdt=system',
  '--enable-malloc-trim',
  '--enable-coroutine-pool',
  '--enable-membarrier',
  `--block-drv-rw-whitelist=${DRIVERS}`,
  `--block-drv-ro-whitelist=${DRIVERS}`,
  '--audio-drv-list=',
  '--disable-pie',
  '--extra-ldflags=-no-pie',
  '--disable-tools',
  '--disable-docs',
  '--disable-install-blobs',
  '--disable-werror',
];

/** All that the result depends on. */
export interface Recipe {
  readonly kernelVersion: string;
  readonly qemuVersion: string;
  readonly firmwareVersion: string;
  readonly compiler: string;
  /** The fragment over `tinyconfig`. */
  readonly kernelConfig: string;
  /** QEMU's devices, as a `.mak`. */
  readonly devices: string;
}

/** Looks for the newest sources. @throws CloudError `not-found` when Debian has none of them */
export async function findRecipe(apt: PrivateApt, workshop: Workshop): Promise<Recipe> {
  await apt.update();
  const { stdout: compiler } = await workshop.read('gcc', ['-dumpfullversion']);
  return {
    kernelVersion: await apt.packageVersion(KERNEL_PACKAGE),
    qemuVersion: await apt.sourceVersion(QEMU_SOURCE),
    firmwareVersion: await apt.packageVersion(FIRMWARE_PACKAGE),
    compiler: compiler.trim(),
    kernelConfig: await readFile(join(import.meta.dirname, 'kernel.config'), 'utf8'),
    devices: await readFile(join(import.meta.dirname, 'devices.mak'), 'utf8'),
  };
}

/** Names the result: the same recipe makes the same parts. */
export const recipeDigest = (recipe: Recipe): string =>
  digestOf([
    recipe.kernelVersion,
    recipe.qemuVersion,
    recipe.firmwareVersion,
    recipe.compiler,
    recipe.kernelConfig,
    recipe.devices,
    ...QEMU_OPTIONS,
  ]).slice(0, 16);

/** @returns the lines of a fragment that the kernel's configuration does not have. */
export function unmetOptions(fragment: string, config: string): readonly string[] {
  const lines = new Set(config.split('\n'));
  return fragment.split('\n').filter((line) => {
    if (/^CONFIG_\w+=/.test(line)) return !lines.has(line);
    const off = /^# (?<name>CONFIG_\w+) is not set$/.exec(line)?.groups?.['name'];
    return off !== undefined && config.includes(`\n${off}=`);
  });
}
