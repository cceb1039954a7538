import { randomBytes } from 'node:crypto';
import { chown, open, readFile, stat } from 'node:fs/promises';
import { renameDurably } from '#kernel/durable.ts';

export interface FileOwner {
  readonly uid: number;
  readonly gid: number;
}

export const ROOT_OWNER: FileOwner = { uid: 0, gid: 0 };

/** Whole or not at all: a new file takes the old one's place only when it is on disk with its owner and mode. */
export async function writeWhole(
  path: string,
  content: string,
  access: { readonly mode: number; readonly owner?: FileOwner },
): Promise<void> {
  const draft = `${path}.${randomBytes(4).toString('hex')}.tmp`;
  const file = await open(draft, 'wx', access.mode);
  try {
    await file.chmod(access.mode);
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  if (access.owner) await chown(draft, access.owner.uid, access.owner.gid);
  await renameDurably(draft, path);
}

/** The file's text; undefined when there is none. Anything else that is wrong with it is thrown. */
export async function findText(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(undefinedWhenAbsent);
}

export async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(undefinedWhenAbsent)) !== undefined;
}

/** Whether the path is there with these permission bits and owner. */
export async function hasAccess(path: string, mode: number, owner: FileOwner): Promise<boolean> {
  const found = await stat(path).catch(undefinedWhenAbsent);
  return (
    found !== undefined &&
    (found.mode & 0o7777) === mode &&
    found.uid === owner.uid &&
    found.gid === owner.gid
  );
}

export const isAbsent = (thrown: unknown): boolean =>
  ['ENOENT', 'ENOTDIR'].includes((thrown as NodeJS.ErrnoException).code ?? '');

function undefinedWhenAbsent(thrown: unknown): undefined {
  if (isAbsent(thrown)) return undefined;
  throw thrown;
}
