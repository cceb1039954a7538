import { createHash } from 'node:crypto';
import { chmod, chown, mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ContainerMount, ContainerSpec } from './protocol.ts';

type SecretMount = Extract<ContainerMount, { kind: 'secret' }>;

/** Asks control for a secret of a container, in base64. @throws CloudError `not-found` when there is none (any more) */
export type GetSecret = (container: string, secret: string, signal: AbortSignal) => Promise<string>;

/** Secrets of containers as files in memory: gone with the container, and with the machine's power. */
export class SecretFiles {
  readonly #directory: string;
  readonly #get: GetSecret;

  /** @param directory on a file system in memory */
  constructor(directory: string, get: GetSecret) {
    this.#directory = directory;
    this.#get = get;
  }

  pathOf(container: string, { secretId, destination }: SecretMount): string {
    return join(this.#folder(container), nameOf(`${secretId} ${destination}`));
  }

  /** All that a container is to have; what is there stays as it is. */
  async ensure({ id, mounts = [] }: ContainerSpec, signal: AbortSignal): Promise<void> {
    for (const mount of mounts) if (mount.kind === 'secret') await this.#fetch(id, mount, signal);
  }

  async remove(container: string): Promise<void> {
    await rm(this.#folder(container), { recursive: true, force: true });
  }

  /** What containers left that are not here any more. */
  async sweep(isHere: (container: string) => boolean): Promise<void> {
    for (const container of await readdir(this.#directory).catch(() => []))
      if (!isHere(container)) await this.remove(container);
  }

  async #fetch(container: string, mount: SecretMount, signal: AbortSignal): Promise<void> {
    const path = this.pathOf(container, mount);
    if (await stat(path).catch(() => undefined)) return;
    const payload = Buffer.from(await this.#get(container, mount.secretId, signal), 'base64');
    const draft = `${path}.new`;
    await mkdir(this.#folder(container), { recursive: true, mode: 0o700 });
    await rm(draft, { force: true });
    await writeFile(draft, payload, { mode: 0o600 });
    await chown(draft, mount.uid, mount.gid);
    await chmod(draft, mount.mode);
    await rename(draft, path);
  }

  #folder(container: string): string {
    return join(this.#directory, container);
  }
}

const nameOf = (text: string): string => createHash('sha256').update(text).digest('base64url');
