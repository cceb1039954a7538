import { existsSync } from 'node:fs';
import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CloudError } from '#kernel/errors.ts';
import { newUuid } from '#kernel/ids.ts';
import type { WorkloadLayout } from './layout.ts';

/** A file is there whole or not at all, whenever we are stopped; and two may write it at once. */
export async function writeAtomically(
  file: string,
  content: string | Uint8Array,
  mode: number,
): Promise<void> {
  const draft = `${file}.${newUuid()}.new`;
  await writeFile(draft, content, { mode });
  await rename(draft, file);
}

/** A bundle is whole when it has its configuration, which is written last. */
export const isWhole = (paths: WorkloadLayout): boolean => existsSync(paths.config);

/** The bundle's configuration, on a disk, or in memory with a link to there. */
export async function writeConfig(
  paths: WorkloadLayout,
  config: string,
  confidential: boolean,
): Promise<void> {
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
