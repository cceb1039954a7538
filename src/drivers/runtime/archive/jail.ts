import { constants } from 'node:fs';
import { open, readlink, type FileHandle } from 'node:fs/promises';
import { badRequest, conflict, notFound } from '#kernel/errors.ts';

const { O_DIRECTORY, O_NOFOLLOW, O_RDONLY } = constants;
/** Linux's own, which Node.js does not name: a handle on the place alone, which opens no device and waits for no fifo. */
const O_PATH = 0o10000000;
/** As many links as the kernel follows in one path. */
const MAX_LINKS = 40;

/** A place in a jail: a name in a directory that is held open. */
export interface Place extends AsyncDisposable {
  /** Good for any call that does not follow a link at its end; as long as the place is not disposed of. */
  readonly path: string;
  /** Without links and dots, as the jailed see it. */
  readonly shown: string;
}

/** The path of what a handle is on, whatever it is called by now. */
export const pathOf = (handle: FileHandle): string => `/proc/self/fd/${handle.fd}`;

export const openPlace = (path: string, flags = 0): Promise<FileHandle> =>
  open(path, O_PATH | O_NOFOLLOW | flags);

/** What a handle from `openPlace` is on, now for reading. */
export const openContent = (place: FileHandle, flags = O_RDONLY): Promise<FileHandle> =>
  open(pathOf(place), flags);

/**
 * Finds a path below a root that belongs to somebody who may change everything in it meanwhile. Law: the kernel never follows a link for us.
 * Each directory is opened by name in the one before it, links are read and walked here, `..` is the directory from which we came, and
 * the root's is the root: so nothing outside is reached, however links and directories are swapped under way.
 * @param root the jail; itself trusted, and may be a link of the kernel's, such as `/proc/1/root`
 * @param follow whether a link at the end is followed, too
 * @throws CloudError `not-found`, `bad-request`; `conflict` for what was swapped under way
 */
export async function locate(root: string, path: string, follow = false): Promise<Place> {
  if (path.includes('\0')) throw badRequest('A path must not hold NUL characters.');
  const walk = new Walk(path, await open(root, O_PATH | O_DIRECTORY));
  try {
    return await walk.to(segments(path), follow || /(^|\/)\.{0,2}$/.test(path));
  } catch (thrown) {
    await walk.close();
    throw asAnswer(thrown, path);
  }
}

const segments = (path: string): string[] => path.split('/').filter((name) => name !== '' && name !== '.');

class Walk {
  readonly #asked: string;
  readonly #directories: FileHandle[];
  readonly #names: string[] = [];
  #links = 0;

  constructor(asked: string, root: FileHandle) {
    this.#asked = asked;
    this.#directories = [root];
  }

  async to(names: readonly string[], follow: boolean): Promise<Place> {
    const left = [...names];
    for (let name = left.shift(); name !== undefined; name = left.shift()) {
      if (name === '..') {
        await this.#up();
        continue;
      }
      const entry = `${pathOf(this.#here)}/${name}`;
      const isLast = left.length === 0;
      const link = isLast && !follow ? undefined : await linkText(entry);
      if (link !== undefined) left.unshift(...(await this.#through(link)));
      else if (isLast) return this.#place(entry, name);
      else await this.#down(entry, name);
    }
    return this.#place(pathOf(this.#here), '.');
  }

  async close(): Promise<void> {
    await Promise.all(this.#directories.splice(0).map((handle) => handle.close()));
  }

  get #here(): FileHandle {
    return this.#directories.at(-1) as FileHandle;
  }

  #place(path: string, name: string): Place {
    const names = name === '.' ? this.#names : [...this.#names, name];
    // A handle in /proc/self/fd is itself a link: with a dot behind it, it is the directory.
    return {
      path: name === '.' ? `${path}/.` : path,
      shown: `/${names.join('/')}`,
      [Symbol.asyncDispose]: () => this.close(),
    };
  }

  async #down(entry: string, name: string): Promise<void> {
    this.#directories.push(await openPlace(entry, O_DIRECTORY));
    this.#names.push(name);
  }

  async #up(): Promise<void> {
    if (this.#names.pop() !== undefined) await this.#directories.pop()?.close();
  }

  /** @returns the names that the link stands for, from where the walk is then. */
  async #through(link: string): Promise<string[]> {
    if (++this.#links > MAX_LINKS) throw badRequest(`There are too many links in ${this.#asked}.`);
    if (link.startsWith('/')) while (this.#names.length > 0) await this.#up();
    return segments(link);
  }
}

/** @returns undefined for what is no link. */
async function linkText(path: string): Promise<string | undefined> {
  try {
    return await readlink(path);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'EINVAL') return undefined;
    throw thrown;
  }
}

/** What the machine says of a user's path, in words for the user. */
export function asAnswer(thrown: unknown, path: string): unknown {
  const { code } = thrown as NodeJS.ErrnoException;
  switch (code) {
    case 'ENOENT':
      return notFound(`Could not find the file ${path} in the container.`, { cause: thrown });
    case 'ENOTDIR':
    case 'ENAMETOOLONG':
      return badRequest(`${path} is no path to a directory of the container.`, { cause: thrown });
    case 'EROFS':
    case 'EBUSY':
    case 'EISDIR':
    case 'EEXIST':
    case 'ENOTEMPTY':
    case 'ELOOP':
    case 'EPERM':
    case 'EACCES':
    case 'ENOSPC':
    case 'EDQUOT':
      return conflict(`${path} cannot be changed in the container: ${code}.`, { cause: thrown });
    default:
      return thrown;
  }
}
