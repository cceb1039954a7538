import { pipeline, Readable } from 'node:stream';
import { extract, type Header } from 'tar-stream';
import { badRequest, CloudError } from '#kernel/errors.ts';
import type { ArchiveUpload } from '../driver.ts';

/** One member of a user's tar that may be unpacked. */
export interface UploadEntry {
  /** Relative, without dots. */
  readonly name: string;
  readonly type: 'file' | 'directory' | 'symlink' | 'link';
  /** Of a symbolic link its text; of a link the name of a member before it, relative. */
  readonly target: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtime: Date;
  /** Of the content. */
  readonly size: number;
  readonly content: AsyncIterable<Uint8Array>;
}

const TYPES: Partial<Record<string, UploadEntry['type']>> = {
  file: 'file',
  'contiguous-file': 'file',
  directory: 'directory',
  symlink: 'symlink',
  link: 'link',
};

/**
 * The members of a tar of which nothing is trusted. The content of one may be left unread.
 * @throws CloudError `bad-request` for damage, names that are absolute or climb, and what is no file, directory or link; `too-large`
 */
export async function* uploadEntries({ tar, limits }: ArchiveUpload): AsyncGenerator<UploadEntry> {
  const members = pipeline(Readable.from(tar), extract(), () => {});
  let bytes = 0;
  let entries = 0;
  try {
    for await (const member of members) {
      const { header } = member;
      bytes += header.size ?? 0;
      if (bytes > limits.maxBytes || ++entries > limits.maxEntries)
        throw new CloudError('too-large', 'The archive is too large.');
      const entry = readEntry(header);
      if (entry) yield { ...entry, content: member as AsyncIterable<unknown> as AsyncIterable<Uint8Array> };
      member.resume();
    }
  } catch (thrown) {
    throw asRefusal(thrown);
  }
}

/** @returns undefined for the directory into which it is unpacked. */
function readEntry(header: Header): Omit<UploadEntry, 'content'> | undefined {
  const type = TYPES[header.type ?? 'file'];
  if (!type) throw badRequest(`${shown(header.name)} in the archive is a ${header.type}.`);
  const name = relative(header.name);
  if (name === '') return undefined;
  const text = header.linkname ?? '';
  return {
    name,
    type,
    target: type === 'link' ? relative(text) : text,
    mode: (header.mode ?? 0o644) & 0o7777,
    uid: header.uid ?? 0,
    gid: header.gid ?? 0,
    mtime: header.mtime ?? new Date(0),
    size: header.size ?? 0,
  };
}

function relative(name: string): string {
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  if (name.startsWith('/') || name.includes('\0') || parts.includes('..'))
    throw badRequest(`${shown(name)} in the archive leads out of it.`);
  return parts.join('/');
}

const shown = (name: string): string => JSON.stringify(name.slice(0, 200));

/** What tar-stream says about bad data carries no code; the machine's errors and ours do. */
const asRefusal = (thrown: unknown): unknown =>
  thrown instanceof Error && !('code' in thrown)
    ? badRequest(`The archive is damaged: ${thrown.message}.`, { cause: thrown })
    : thrown;
