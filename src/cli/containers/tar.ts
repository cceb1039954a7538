import { chmod, lstat, mkdir, opendir, readFile, readlink, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { extract, pack, type Header, type Pack } from 'tar-stream';
import { badRequest } from '#kernel/errors.ts';

/** A file or directory of this machine as tar, under another name. Links stay links; what is neither is refused. */
export async function packPath(path: string, name: string): Promise<Buffer> {
  const tar = pack();
  const bytes = buffer(tar);
  try {
    await add(tar, path, name);
    tar.finalize();
  } catch (thrown) {
    tar.destroy(thrown as Error);
    await bytes.catch(() => {});
    throw thrown;
  }
  return bytes;
}

async function add(tar: Pack, path: string, name: string): Promise<void> {
  const stats = await lstat(path);
  const header = { name, mode: stats.mode & 0o7777, mtime: stats.mtime };
  if (stats.isSymbolicLink()) tar.entry({ ...header, type: 'symlink', linkname: await readlink(path) });
  else if (stats.isFile()) tar.entry({ ...header, type: 'file' }, await readFile(path));
  else if (stats.isDirectory()) {
    tar.entry({ ...header, type: 'directory' });
    for await (const { name: inside } of await opendir(path))
      await add(tar, join(path, inside), `${name}/${inside}`);
  } else throw badRequest(`${path} is no file, directory or link.`);
}

/**
 * Unpacks what a container gave, which nobody trusts: names lead nowhere outside, links come after all files so that none is written
 * through them, devices are refused, and nobody becomes root by a mode.
 * @param rename the new name of the first part of each path
 */
export async function unpackTo(
  tar: Buffer,
  directory: string,
  rename: (first: string) => string,
): Promise<void> {
  const links: { path: string; target: string }[] = [];
  for await (const entry of Readable.from([tar]).pipe(extract())) {
    const header: Header = entry.header;
    const path = join(directory, placeOf(header.name, rename));
    if (header.type === 'symlink') links.push({ path, target: header.linkname ?? '' });
    else if (header.type === 'directory') await mkdir(path, { recursive: true });
    else if (header.type === 'file') await writeOne(path, await buffer(entry), header.mode);
    else throw badRequest(`${header.name} in the archive is a ${header.type}.`);
    entry.resume();
  }
  for (const { path, target } of links) await symlink(target, path);
}

function placeOf(name: string, rename: (first: string) => string): string {
  const [first = '', ...rest] = name.split('/').filter((part) => part !== '' && part !== '.');
  if (name.startsWith('/') || [first, ...rest].includes('..'))
    throw badRequest(`${name} in the archive leads out of it.`);
  return join(rename(first), ...rest);
}

async function writeOne(path: string, content: Buffer, mode = 0o644): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
  await chmod(path, mode & 0o777);
}
