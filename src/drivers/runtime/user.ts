import { constants } from 'node:fs';
import { lstat, open, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { badRequest } from '#kernel/errors.ts';

export interface ResolvedUser {
  readonly uid: number;
  readonly gid: number;
  readonly additionalGids: readonly number[];
  readonly home: string;
}

const MAX_BYTES = 1 << 20;
const MAX_LINKS = 40;
const MAX_ID = 2 ** 31 - 1;

/**
 * Looks a user up in the image's own /etc/passwd and /etc/group, by the rules of an image config: without a group, the user's
 * own group and the groups that list the user; with a group, that one alone. Numbers need no entry.
 * @throws CloudError `bad-request` for a name that the image does not know.
 */
export async function resolveUser(root: string, text: string): Promise<ResolvedUser> {
  const [passwd, group] = await Promise.all([
    readInRoot(root, '/etc/passwd'),
    readInRoot(root, '/etc/group'),
  ]);
  return findUser({ passwd, group }, text);
}

/** The same, in the text of these files. */
export function findUser(
  files: { readonly passwd: string; readonly group: string },
  text: string,
): ResolvedUser {
  const [passwd, group] = [table(files.passwd), table(files.group)];
  const [userText = '', groupText = ''] = splitOnce(text === '' ? '0' : text);
  const entry = passwd.find((row) => row[0] === userText) ?? passwd.find((row) => row[2] === userText);
  const uid = idOf(
    entry?.[2] ?? userText,
    `unable to find user ${userText}: no matching entries in passwd file`,
  );
  const home = entry?.[5] || '/';
  if (groupText !== '') {
    const row = group.find((row) => row[0] === groupText);
    const gid = idOf(
      row?.[2] ?? groupText,
      `unable to find group ${groupText}: no matching entries in group file`,
    );
    return { uid, gid, additionalGids: [], home };
  }
  const gid = Number(entry?.[3] ?? 0);
  const member = (row: readonly string[]) =>
    entry !== undefined && (row[3] ?? '').split(',').includes(entry[0] ?? '');
  const additionalGids = group
    .filter(member)
    .map((row) => Number(row[2]))
    .filter((id) => id !== gid);
  return { uid, gid, additionalGids, home };
}

function splitOnce(text: string): readonly string[] {
  const colon = text.indexOf(':');
  return colon < 0 ? [text] : [text.slice(0, colon), text.slice(colon + 1)];
}

function idOf(text: string, unknown: string): number {
  if (!/^\d+$/.test(text)) throw badRequest(unknown);
  if (Number(text) > MAX_ID) throw badRequest(`user and group ids are between 0 and ${MAX_ID}`);
  return Number(text);
}

const table = (text: string): readonly (readonly string[])[] =>
  text
    .split('\n')
    .map((line) => line.split(':'))
    .filter((row) => row.length > 2 && /^\d+$/.test(row[2] ?? ''));

/** The text of an image's file, '' when there is none. The image is not trusted: links stay inside, and only a plain file is read. */
export async function readInRoot(root: string, path: string): Promise<string> {
  const real = await resolveInRoot(root, path);
  if (real === undefined) return '';
  const file = await open(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const found = await file.stat();
    if (!found.isFile()) return '';
    const size = Math.min(found.size, MAX_BYTES);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size), 0, size, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Walks the path as chroot(2) would: `/` and `..` of a link mean the image's root, never ours. */
async function resolveInRoot(root: string, path: string): Promise<string | undefined> {
  const todo = path.split('/');
  let done: string[] = [];
  for (let links = 0; todo.length > 0;) {
    const name = todo.shift();
    if (name === undefined || name === '' || name === '.') continue;
    if (name === '..') {
      done.pop();
      continue;
    }
    const here = join(root, ...done, name);
    const found = await lstat(here).catch(() => undefined);
    if (!found) return undefined;
    if (!found.isSymbolicLink()) {
      done.push(name);
      continue;
    }
    if (++links > MAX_LINKS) return undefined;
    const target = await readlink(here);
    if (target.startsWith('/')) done = [];
    todo.unshift(...target.split('/'));
  }
  return join(root, ...done);
}
