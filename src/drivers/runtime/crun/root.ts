import { mountOverlay, unmountOverlay } from '../overlay.ts';
import { mountDisk, unmountDisk } from './disk.ts';
import type { WorkloadLayout } from '../conmon/layout.ts';

/** Mounts what a workload sees as `/`; once. */
export async function mountRoot(paths: WorkloadLayout): Promise<void> {
  await mountDisk(paths);
  await mountOverlay(paths);
}

export async function unmountRoot(paths: WorkloadLayout): Promise<void> {
  await unmountOverlay(paths);
  await unmountDisk(paths);
}
