import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { chmod, chown, mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { WorkloadFile } from '#drivers/runtime/driver.ts';
import { badRequest } from '#kernel/errors.ts';
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

  /**
   * Secrets that a container has in its environment, by the names of the variables. They are kept nowhere here.
   * @throws CloudError `bad-request` for one that no variable can hold
   */
  async environment(
    { id, secretEnv = [] }: Pick<ContainerSpec, 'id' | 'secretEnv'>,
    signal: AbortSignal,
  ): Promise<Readonly<Record<string, string>>> {
    const found: Record<string, string> = {};
    for (const { name, secretId } of secretEnv)
      found[name] = textOf(name, Buffer.from(await this.#get(id, secretId, signal), 'base64'));
    return found;
  }

  /** Those that `ensure` would put into files, for a runtime that nothing of this machine is bound into. They are kept nowhere here. */
  async contents(
    { id, mounts = [] }: Pick<ContainerSpec, 'id' | 'mounts'>,
    signal: AbortSignal,
  ): Promise<readonly WorkloadFile[]> {
    const files: WorkloadFile[] = [];
    for (const mount of mounts) {
      if (mount.kind !== 'secret') continue;
      const { secretId, destination: path, mode, uid, gid } = mount;
      const content = await this.#get(id, secretId, signal);
      files.push({ path, content, mode, owner: { uid, gid } });
    }
    return files;
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

/** Linux takes no more in one variable, with its name. */
const MAX_VARIABLE = 128 * 1024 - 1;

function textOf(name: string, payload: Buffer): string {
  const isText = isUtf8(payload) && !payload.includes(0);
  if (isText && payload.length + name.length + 1 <= MAX_VARIABLE) return payload.toString();
  throw badRequest(`The secret for ${name} cannot be a variable: it is no text, or longer than 128 KiB.`);
}

const nameOf = (text: string): string => createHash('sha256').update(text).digest('base64url');
