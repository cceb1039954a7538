import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, readFile, realpath, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { checkDestinations } from '#kernel/destinations.ts';
import { CloudError } from '#kernel/errors.ts';
import type { WorkloadFile, WorkloadResources, WorkloadSpec } from '../driver.ts';
import type { ContainerDeps } from './container.ts';
import { ociConfig, resourceLimits } from './config.ts';
import { makeDisk } from './disk.ts';
import { writeAtomically } from './host.ts';
import type { WorkloadLayout } from './layout.ts';
import { linkLayers } from '../overlay.ts';
import { mountRoot } from './root.ts';
import { readHostRights } from './security.ts';
import { resolveUser } from '../user.ts';

/** A bundle is whole when it has its configuration, which is written last. */
export const isWhole = (paths: WorkloadLayout): boolean => existsSync(paths.config);

/**
 * Makes the mounted root and the OCI bundle of a workload that does not run. Goes on from wherever an earlier attempt was stopped.
 * @throws CloudError `bad-request` for a user that the image does not know, or a destination that is not allowed.
 */
export async function writeBundle(
  deps: ContainerDeps,
  paths: WorkloadLayout,
  spec: WorkloadSpec,
): Promise<void> {
  checkDestinations(
    [...spec.files, ...(spec.mounts ?? [])].map((put) => ('path' in put ? put.path : put.destination)),
  );
  await mkdir(paths.dir, { recursive: true, mode: 0o700 });
  if (!isWhole(paths)) await makeRoot(paths, spec);
  const [files, rights, filter] = await Promise.all([
    writeFiles(paths.files, spec.files),
    readHostRights(),
    deps.seccomp.find(),
    mountRoot(paths),
  ]);
  const user = await resolveUser(paths.rootfs, spec.user);
  const cgroupPath = deps.cgroups.path(spec.id);
  const config = ociConfig(spec, { rootfs: paths.rootfs, cgroupPath, files, user, rights, filter });
  await writeConfig(paths, JSON.stringify(config), spec.confidential ?? false);
}

async function makeRoot(paths: WorkloadLayout, { layers, resources }: WorkloadSpec): Promise<void> {
  if (resources.disk) await makeDisk(paths, resources.disk);
  await linkLayers(paths, layers);
}

/** On a disk, or in memory with a link to there. */
async function writeConfig(paths: WorkloadLayout, config: string, confidential: boolean): Promise<void> {
  const { hidden } = paths;
  if (!confidential) {
    await writeAtomically(paths.config, config, 0o600);
    if (hidden !== null) await rm(hidden, { recursive: true, force: true });
    return;
  }
  if (hidden === null)
    throw new CloudError('not-implemented', 'This runtime has no memory for a confidential environment.');
  await mkdir(hidden, { recursive: true, mode: 0o700 });
  await writeAtomically(join(hidden, 'config.json'), config, 0o600);
  const link = `${paths.config}.link`;
  await rm(link, { force: true });
  await symlink(join(hidden, 'config.json'), link);
  await rename(link, paths.config);
}

/** The same bundle with other limits, for its next start. */
export async function resizeBundle(paths: WorkloadLayout, resources: WorkloadResources): Promise<void> {
  const config = JSON.parse(await readFile(paths.config, 'utf8')) as Bundle;
  const { devices } = config.linux.resources;
  const linux = { ...config.linux, resources: { ...resourceLimits(resources), devices } };
  await writeAtomically(await realpath(paths.config), JSON.stringify({ ...config, linux }), 0o600);
}

type Bundle = { readonly linux: { readonly resources: { readonly devices: unknown } } };

async function writeFiles(folder: string, files: readonly WorkloadFile[]): Promise<readonly string[]> {
  await mkdir(folder, { recursive: true });
  return Promise.all(
    files.map(async ({ content, mode, owner }, index) => {
      const path = join(folder, String(index));
      await writeAtomically(path, Buffer.from(content, 'base64'), mode);
      if (owner) await chown(path, owner.uid, owner.gid);
      if (owner) await chmod(path, mode); // whatever the umask
      return path;
    }),
  );
}
