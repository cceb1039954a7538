import { pipeline, Readable } from 'node:stream';
import { extract, type Header } from 'tar-stream';
import type { Bytes } from './compression.ts';
import { refusal, shown } from './refusal.ts';

const TYPES = {
  file: 'file',
  'contiguous-file': 'file',
  directory: 'directory',
  symlink: 'symlink',
  link: 'hardlink',
} as const;

/** One member of a tar file, as it claims to be: names are unchecked. */
export interface TarEntry {
  readonly name: string;
  readonly type: 'file' | 'directory' | 'symlink' | 'hardlink';
  /** Of a link; else ''. */
  readonly target: string;
  readonly size: number;
  /** Permission bits with setuid, setgid and sticky. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Seconds since 1970. */
  readonly mtime: number;
  /** May be left unread. */
  readonly content: Bytes;
}

/**
 * The members of a tar file in order (ustar, pax and GNU long names), with nothing held in memory but one chunk.
 * @param what names the file in refusals
 * @throws CloudError `bad-request` for damage, and for members that are no file, directory or link.
 */
export async function* tarEntries(source: Bytes, what: string): AsyncGenerator<TarEntry> {
  const members = pipeline(Readable.from(source), extract(), () => {});
  try {
    for await (const member of members) {
      yield { ...toEntry(member.header, what), content: contentOf(member, what) };
      member.resume();
    }
  } catch (thrown) {
    throw asRefusal(thrown, what);
  }
}

const BLOCK = 512;

/**
 * A tar file as it is, which ends with zeros: without them it was cut off between two members. An empty one is for others to judge.
 * @throws Error at its end
 */
export async function* withItsEnd(source: Bytes): AsyncGenerator<Uint8Array> {
  let zeros = BLOCK;
  for await (const chunk of source) {
    const last = chunk.subarray(-BLOCK);
    const more = last.length - 1 - last.findLastIndex((byte) => byte !== 0);
    zeros = more === last.length ? zeros + more : more;
    yield chunk;
  }
  if (zeros < BLOCK) throw new Error('it has no end');
}

async function* contentOf(member: AsyncIterable<unknown>, what: string): AsyncGenerator<Uint8Array> {
  try {
    yield* member as Bytes;
  } catch (thrown) {
    throw asRefusal(thrown, what);
  }
}

/** What tar-stream says about bad data carries no code; the machine's errors and ours do. */
const asRefusal = (thrown: unknown, what: string): unknown =>
  thrown instanceof Error && !('code' in thrown)
    ? refusal(`${what} is damaged (${thrown.message})`, thrown)
    : thrown;

function toEntry(header: Header, what: string): Omit<TarEntry, 'content'> {
  const type = (TYPES as Partial<Record<string, TarEntry['type']>>)[header.type];
  const pax = (header.pax ?? {}) as Partial<Record<string, string>>;
  if (type === undefined)
    throw refusal(`${shown(header.name)} in ${what} is a ${header.type ?? 'thing of unknown type'}`);
  if ('GNU.sparse.major' in pax) throw refusal(`${shown(header.name)} in ${what} is a sparse file`);
  return {
    name: header.name,
    type,
    target: header.linkname ?? '',
    size: header.size,
    mode: header.mode & 0o7777,
    uid: ownerId(pax['uid'] ?? header.uid),
    gid: ownerId(pax['gid'] ?? header.gid),
    mtime: seconds(pax['mtime'] ?? header.mtime.getTime() / 1000),
  };
}

const MAX_ID = 2 ** 32 - 2;

function ownerId(value: string | number): number {
  const id = Number(value);
  return Number.isInteger(id) && id >= 0 && id <= MAX_ID ? id : 0;
}

function seconds(value: string | number): number {
  const time = Number(value);
  return Number.isFinite(time) && Math.abs(time) < 2 ** 34 ? time : 0;
}
