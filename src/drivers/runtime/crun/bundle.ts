import { chmod, chown, mkdir, readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { checkDestinations } from '#kernel/destinations.ts';
import type { WorkloadFile, WorkloadResources, WorkloadSpec } from '../driver.ts';
import { ociConfig, resourceLimits } from './config.ts';
import { makeDisk } from './disk.ts';
import { isWhole, writeAtomically, writeConfig } from '../conmon/files.ts';
import type { WorkloadLayout } from '../conmon/layout.ts';
import { linkLayers } from '../overlay.ts';
import { mountRoot } from './root.ts';
import { readHostRights } from './security.ts';
import { resolveUser } from '../user.ts';

/**
 * Makes the mounted root and the OCI bundle of a workload that does not run. Goes on from wherever an earlier attempt was stopped.
 * @throws CloudError `bad-request` for a user that the image does not know, or a destination that is not allowed.
 */
export async function writeBundle(
  place: { readonly cgroupPath: string; readonly filter: string | undefined },
  paths: WorkloadLayout,
  spec: WorkloadSpec,
): Promise<void> {
  checkDestinations(
    [...spec.files, ...(spec.mounts ?? [])].map((put) => ('path' in put ? put.path : put.destination)),
  );
  await mkdir(paths.dir, { recursive: true, mode: 0o700 });
  if (!isWhole(paths)) await makeRoot(paths, spec);
  const [files, rights] = await Promise.all([
    writeFiles(paths.files, spec.files),
    readHostRights(),
    mountRoot(paths),
  ]);
  const user = await resolveUser(paths.rootfs, spec.user);
  const config = ociConfig(spec, { ...place, rootfs: paths.rootfs, files, user, rights });
  await writeConfig(paths, JSON.stringify(config), spec.confidential ?? false);
}

async function makeRoot(paths: WorkloadLayout, { layers, resources }: WorkloadSpec): Promise<void> {
  if (resources.disk) await makeDisk(paths, resources.disk);
  await linkLayers(paths, layers);
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
