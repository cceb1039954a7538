import { posix } from 'node:path';
import { Readable } from 'node:stream';
import { pack } from 'tar-stream';
import { isoTime } from '#kernel/clock.ts';
import { CloudError, badRequest, notFound } from '#kernel/errors.ts';
import { goMode } from '../archive/go-mode.ts';
import { uploadEntries } from '../archive/upload.ts';
import type { ArchiveContent, ArchiveLimits, ArchiveUpload } from '../driver.ts';
import type { FakeFile, FakeWorkload } from './host.ts';

type Files = FakeWorkload['files'];
/** Directories that every workload has. */
const GIVEN: readonly string[] = ['/', '/tmp'];
const TYPE_BITS = { file: 0o100000, link: 0o100000, directory: 0o40000, symlink: 0o120000 } as const;

/** The files of a workload in memory. Links lead nowhere. */
export async function putFiles(files: Files, path: string, upload: ArchiveUpload): Promise<void> {
  const target = posix.resolve('/', path);
  const found = fileAt(files, target);
  if (!found) throw notFound(`Could not find the file ${path} in the container.`);
  if (found.type !== 'directory') throw badRequest(`${path} is no directory of the container.`);
  for await (const { name, type, target: link, mode, mtime, content } of uploadEntries(upload)) {
    const text = Buffer.concat(await Array.fromAsync(content)).toString('latin1');
    files.set(posix.join(target, name), { type, mode, mtime, text: type === 'symlink' ? link : text });
  }
}

export function getFiles(files: Files, path: string, limits: ArchiveLimits): ArchiveContent {
  const top = posix.resolve('/', path);
  const found = fileAt(files, top);
  if (!found) throw notFound(`Could not find the file ${path} in the container.`);
  const name = posix.basename(top) || '/';
  const stat = {
    name,
    size: found.text.length,
    mode: goMode(TYPE_BITS[found.type] | found.mode),
    mtime: isoTime(found.mtime),
    linkTarget: found.type === 'symlink' ? posix.resolve(posix.dirname(top), found.text) : '',
  };
  return { stat, tar: tarOf(filesBelow(files, top), { strip: posix.dirname(top), limits }) };
}

/** All of them, under relative names. */
export const allFiles = (files: Files, limits: ArchiveLimits): Readable =>
  tarOf([...files].toSorted(byPath), { strip: '/', limits });

const byPath = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1);

function fileAt(files: Files, path: string): FakeFile | undefined {
  const given = { type: 'directory', text: '', mode: 0o755, mtime: new Date(0) } as const;
  return files.get(path) ?? (GIVEN.includes(path) ? given : undefined);
}

function filesBelow(files: Files, top: string): [string, FakeFile][] {
  const first = fileAt(files, top);
  const below = [...files]
    .filter(([path]) => path.startsWith(top === '/' ? top : `${top}/`))
    .toSorted(byPath);
  return first ? [[top, first], ...below] : below;
}

function tarOf(
  files: readonly (readonly [string, FakeFile])[],
  { strip, limits }: { readonly strip: string; readonly limits: ArchiveLimits },
): Readable {
  const bytes = files.reduce((sum, [, { text }]) => sum + text.length, 0);
  if (bytes > limits.maxBytes || files.length > limits.maxEntries)
    throw new CloudError('too-large', 'The archive is too large.');
  const tar = pack();
  for (const [path, { type, text, mode, mtime }] of files) {
    const name = posix.relative(strip, path) + (type === 'directory' ? '/' : '');
    if (type === 'symlink') tar.entry({ name, type, linkname: text, mode, mtime });
    else tar.entry({ name, type: type === 'link' ? 'file' : type, mode, mtime }, Buffer.from(text, 'latin1'));
  }
  tar.finalize();
  return Readable.from(tar as AsyncIterable<unknown>, { objectMode: false });
}
