import { chmod, chown, mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkDestinations } from '#kernel/destinations.ts';
import { newUuid } from '#kernel/ids.ts';
import type { WorkloadFile, WorkloadSpec } from '../driver.ts';
import { workloadConfig, madeOf, newLimits } from './config.ts';
import type { Engine } from './engine.ts';
import { MADE_LABEL, namesOf } from './handle.ts';
import type { DockerImages } from './images.ts';
import { checkUser } from './user.ts';

export interface MakingDeps {
  readonly engine: Engine;
  readonly images: DockerImages;
  /** For the files of workloads. */
  readonly base: string;
}

/**
 * Makes the container of a workload that does not run, or changes one that is there to be as the spec says: what was written in it
 * stays, though Docker can only make another.
 * @throws CloudError `bad-request` for a user that the image does not know, or a destination that is not allowed
 */
export async function makeContainer(deps: MakingDeps, spec: WorkloadSpec): Promise<void> {
  const { engine, base } = deps;
  const { workload } = namesOf(spec.id);
  checkDestinations(
    [...spec.files, ...(spec.mounts ?? [])].map((put) => ('path' in put ? put.path : put.destination)),
  );
  const files = await writeFiles(filesOf(base, spec.id), spec.files);
  const found = await engine.find((docker) => docker.getContainer(workload).inspect());
  if (found?.Config.Labels[MADE_LABEL] === madeOf(spec)) {
    await engine.ask((docker) => docker.getContainer(workload).update(newLimits(spec.resources)));
    return;
  }
  if (found) await keep(deps, spec.id);
  const image = await imageOf(deps, spec);
  await engine.ask((docker) => docker.createContainer(workloadConfig(spec, { image, files })));
  await checkUser(engine, spec);
}

export const filesOf = (base: string, id: string): string => join(base, 'workloads', id);

/** What was kept of a workload goes before what it began with. */
async function imageOf({ images }: MakingDeps, { id, layers }: WorkloadSpec): Promise<string> {
  const { kept } = namesOf(id);
  return (await images.has(kept)) ? kept : images.ensure(layers);
}

/** Stopped half-way, it is done again, or what was kept is all that is there. */
async function keep({ engine, images }: MakingDeps, id: string): Promise<void> {
  const { workload, kept } = namesOf(id);
  const content = await engine.stream(`/containers/${workload}/export`, {});
  const [repo = '', tag = ''] = kept.split(':');
  await images.bring({ repo, tag }, content);
  await engine.find((docker) => docker.getContainer(workload).remove({ force: true, v: true }));
}

async function writeFiles(folder: string, files: readonly WorkloadFile[]): Promise<readonly string[]> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return Promise.all(
    files.map(async ({ content, mode, owner }, index) => {
      const path = join(folder, String(index));
      const draft = `${path}.${newUuid()}.new`;
      await writeFile(draft, Buffer.from(content, 'base64'), { mode });
      if (owner) await chown(draft, owner.uid, owner.gid);
      await chmod(draft, mode); // whatever the umask
      await rename(draft, path);
      return path;
    }),
  );
}
