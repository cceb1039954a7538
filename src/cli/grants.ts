import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { environment } from '#kernel/environment.ts';
import type { OpenStackAccess } from '../openstack/cloud-entry.ts';
import type { Grant, GrantStore } from '../sdk/session.ts';

/** Tokens between two runs of the program, in the user's cache, for nobody else to read; each dies within the hour. */
export class GrantFiles implements GrantStore {
  readonly #directory: string;

  constructor(directory = cacheDirectory()) {
    this.#directory = directory;
  }

  async find(access: OpenStackAccess): Promise<Grant | undefined> {
    try {
      return JSON.parse(await readFile(this.#path(access), 'utf8')) as Grant;
    } catch {
      return undefined; // none yet, or half a file: signing in brings another
    }
  }

  async keep(access: OpenStackAccess, grant: Grant): Promise<void> {
    const path = this.#path(access);
    const half = `${path}.${process.pid}`;
    try {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      await writeFile(half, JSON.stringify(grant), { mode: 0o600 });
      await rename(half, path);
    } catch {
      // a home that cannot be written to costs signing in each time
    }
  }

  #path(access: OpenStackAccess): string {
    return join(this.#directory, `${keyOf(access)}.json`);
  }
}

const cacheDirectory = (): string =>
  join(environment('XDG_CACHE_HOME') || join(homedir(), '.cache'), 'hydria', 'tokens');

/**
 * Who and where. Of a password only 16 bits count: enough that another password does not get the token, too little to guess the
 * password from the file's name.
 */
function keyOf(access: OpenStackAccess): string {
  const isSecret = (name: string) => name === 'password' || name === 'secret';
  const text = JSON.stringify(access, (name, value: unknown) =>
    isSecret(name) && typeof value === 'string' ? sha256(value).slice(0, 4) : value,
  );
  return sha256(text);
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
