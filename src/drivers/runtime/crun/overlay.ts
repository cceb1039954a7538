import { mkdir, readdir, rm, stat, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { badRequest } from '#kernel/errors.ts';
import { exec } from '#kernel/exec.ts';
import type { WorkloadLayout } from './layout.ts';

/** The kernel's bound on the layers of one overlay. */
const MAX_LAYERS = 500;

/**
 * Links the layers by number. mount(2) takes one page of options; numbers relative to `lower` keep 500 layers below it,
 * whatever their paths, and need no escapes.
 */
export async function linkLayers(paths: WorkloadLayout, layers: readonly string[]): Promise<void> {
  if (layers.length === 0 || layers.length > MAX_LAYERS)
    throw badRequest(`A root file system has 1 to ${MAX_LAYERS} layers, not ${layers.length}.`);
  await rm(paths.lower, { recursive: true, force: true });
  await Promise.all([
    ...[paths.rootfs, paths.upper, paths.work].map((path) => mkdir(path, { recursive: true })),
    mkdir(paths.lower, { recursive: true }).then(() =>
      Promise.all(layers.map((layer, index) => symlink(layer, join(paths.lower, String(index))))),
    ),
  ]);
}

/** Mounts the linked layers below the workload's own; once. */
export async function mountRoot(paths: WorkloadLayout): Promise<void> {
  if (await isMounted(paths.rootfs)) return;
  const count = (await readdir(paths.lower)).length;
  const lower = Array.from({ length: count }, (_, index) => count - 1 - index).join(':');
  const options = `lowerdir=${lower},upperdir=../upper,workdir=../work`;
  await exec('mount', ['-t', 'overlay', '-o', options, 'overlay', paths.rootfs], { cwd: paths.lower });
}

/** Lazily, because a shell that some operator left in there must not keep a workload from being removed. */
export async function unmountRoot(paths: WorkloadLayout): Promise<void> {
  while (await isMounted(paths.rootfs)) await exec('umount', ['--lazy', paths.rootfs]);
}

/** A mount point lies on another device than its parent. */
async function isMounted(path: string): Promise<boolean> {
  const [own, parent] = await Promise.all([device(path), device(dirname(path))]);
  return own !== undefined && own !== parent;
}

const device = (path: string): Promise<number | undefined> =>
  stat(path).then(
    (found) => found.dev,
    () => undefined,
  );
