import { mkdir, readdir, rm, stat, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { badRequest } from '#kernel/errors.ts';
import { exec } from '#kernel/exec.ts';

/** Where a root file system is put together. */
export interface OverlayPlace {
  readonly rootfs: string;
  /** Short links to the layers, `0` the lowest. */
  readonly lower: string;
  readonly upper: string;
  readonly work: string;
}

/** The kernel's bound on the layers of one overlay. */
const MAX_LAYERS = 500;

/**
 * Links the layers by number. mount(2) takes one page of options; numbers relative to `lower` keep 500 layers below it,
 * whatever their paths, and need no escapes.
 */
export async function linkLayers(paths: OverlayPlace, layers: readonly string[]): Promise<void> {
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
export async function mountOverlay(paths: OverlayPlace): Promise<void> {
  if (await isMounted(paths.rootfs)) return;
  const options = overlayOptions((await readdir(paths.lower)).length);
  await exec('mount', ['-t', 'overlay', '-o', options, 'overlay', paths.rootfs], { cwd: paths.lower });
}

/** Of mount(8), called in `lower`. */
export function overlayOptions(layers: number): string {
  const lower = Array.from({ length: layers }, (_, index) => layers - 1 - index).join(':');
  return `lowerdir=${lower},upperdir=../upper,workdir=../work`;
}

/** Lazily, because a shell that some operator left in there must not keep a workload from being removed. */
export async function unmountOverlay(paths: OverlayPlace): Promise<void> {
  while (await isMounted(paths.rootfs)) await exec('umount', ['--lazy', paths.rootfs]);
}

/** A mount point lies on another device than its parent. */
export async function isMounted(path: string): Promise<boolean> {
  const [own, parent] = await Promise.all([device(path), device(dirname(path))]);
  return own !== undefined && own !== parent;
}

const device = (path: string): Promise<number | undefined> =>
  stat(path).then(
    (found) => found.dev,
    () => undefined,
  );
