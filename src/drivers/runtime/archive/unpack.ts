import { constants } from 'node:fs';
import { lchown, link, lstat, mkdir, open, rename, rm, symlink } from 'node:fs/promises';
import { posix } from 'node:path';
import { badRequest } from '#kernel/errors.ts';
import { newUuid } from '#kernel/ids.ts';
import type { ArchiveUpload } from '../driver.ts';
import { asAnswer, locate, openPlace, pathOf } from './jail.ts';
import { uploadEntries, type UploadEntry } from './upload.ts';

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY, O_DIRECTORY } = constants;

/**
 * Unpacks a tar below a directory of a jail. A file takes its name when it is whole, so what had that name is never written
 * into, be it a link, a fifo or a device.
 * @throws CloudError as `ArchiveAbility.put`
 */
export async function unpackInto(root: string, path: string, upload: ArchiveUpload): Promise<void> {
  const target = await directoryAt(root, path);
  for await (const entry of uploadEntries(upload)) {
    try {
      await make(root, target, entry);
    } catch (thrown) {
      throw asAnswer(thrown, posix.join(target, entry.name));
    }
  }
}

/** @returns the path without links. */
async function directoryAt(root: string, path: string): Promise<string> {
  await using place = await locate(root, path, true);
  const stats = await lstat(place.path).catch((thrown: unknown) => {
    throw asAnswer(thrown, path);
  });
  if (!stats.isDirectory()) throw badRequest(`${path} is no directory of the container.`);
  return place.shown;
}

async function make(root: string, target: string, entry: UploadEntry): Promise<void> {
  const path = posix.join(target, entry.name);
  await makeParents(root, posix.dirname(path), target);
  await using place = await locate(root, path);
  switch (entry.type) {
    case 'directory':
      return await makeDirectory(place.path, entry);
    case 'file':
      return await makeFile(place.path, entry);
    case 'symlink':
      return await replace(place.path, async (draft) => {
        await symlink(entry.target, draft);
        await lchown(draft, entry.uid, entry.gid);
      });
    case 'link': {
      await using first = await locate(root, posix.join(target, entry.target));
      return await replace(place.path, (draft) => link(first.path, draft));
    }
  }
}

async function makeParents(root: string, path: string, target: string): Promise<void> {
  for (const parent of missing(path, target)) {
    await using place = await locate(root, parent);
    await mkdir(place.path).catch(unlessThere);
  }
}

/** The directories between the target and the path, the highest first. */
function missing(path: string, target: string): string[] {
  if (path === target || path === '/') return [];
  return [...missing(posix.dirname(path), target), path];
}

async function makeDirectory(path: string, { mode, uid, gid, mtime }: UploadEntry): Promise<void> {
  await mkdir(path).catch(unlessThere);
  await using place = await openPlace(path, O_DIRECTORY);
  await using directory = await open(`${pathOf(place)}/.`, O_DIRECTORY);
  await directory.chown(uid, gid);
  await directory.chmod(mode);
  await directory.utimes(mtime, mtime);
}

const makeFile = (path: string, { mode, uid, gid, mtime, content }: UploadEntry): Promise<void> =>
  replace(path, async (draft) => {
    await using file = await open(draft, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW, 0o600);
    await file.writeFile(content);
    await file.chown(uid, gid);
    await file.chmod(mode); // after chown, which takes setuid away
    await file.utimes(mtime, mtime);
  });

/** Makes something beside the place where it is to be, and moves it there. */
async function replace(path: string, makeDraft: (draft: string) => Promise<void>): Promise<void> {
  const draft = posix.join(posix.dirname(path), `.hydria-${newUuid()}`);
  try {
    await makeDraft(draft);
    await rename(draft, path);
  } finally {
    await rm(draft, { force: true }); // there when it failed, or was a link to the same file
  }
}

function unlessThere(thrown: unknown): void {
  if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST') throw thrown;
}
