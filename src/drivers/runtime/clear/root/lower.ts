import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { badRequest } from '#kernel/errors.ts';
import { exec } from '#kernel/exec.ts';
import { MACHINE_DISK_BYTES } from './size.ts';

const MAKE_MS = 10 * 60_000;
const MAX_LAYERS = 500;
/** In a mount namespace of its own: whenever it is stopped, no mount is left. `$1` options, `$2` where, `$3` the image. */
const MAKE = `set -e
mount -t overlay -o "$1" overlay "$2"
mkfs.erofs "$3" "$2" >/dev/null`;
const MAKE_OF_ONE = 'mkfs.erofs "$2" "$1" >/dev/null';

/**
 * The images that machines boot from: a stack of layers as one read-only EROFS, made once and shared by all that use it. One is whole or
 * not there: it is made beside, and its name derives from its layers.
 */
export class LowerImages {
  readonly #directory: string;
  readonly #making = new Map<string, Promise<string>>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  /**
   * @param layers unpacked, lowest first, as the kernel's overlayfs has them
   * @returns the image's path
   */
  async ensure(layers: readonly string[]): Promise<string> {
    if (layers.length === 0 || layers.length > MAX_LAYERS)
      throw badRequest(`A root file system has 1 to ${MAX_LAYERS} layers, not ${layers.length}.`);
    const name = createHash('sha256').update(layers.join('\0')).digest('hex').slice(0, 32);
    const folder = join(this.#directory, name);
    if (existsSync(folder)) return imageIn(folder);
    const making =
      this.#making.get(name) ?? this.#make(folder, layers).finally(() => this.#making.delete(name));
    this.#making.set(name, making);
    return making;
  }

  /** Takes away images of which a layer is no longer on this machine, and what was never finished. */
  async sweep(): Promise<void> {
    for (const name of await readdir(this.#directory).catch(() => [])) {
      const [image = ''] = name.split('.');
      if (this.#making.has(image)) continue;
      const folder = join(this.#directory, name);
      const layers = name === image ? await layersOf(folder) : [];
      if (layers.length === 0 || !layers.every((layer) => existsSync(layer)))
        await rm(folder, { recursive: true, force: true });
    }
  }

  async #make(folder: string, layers: readonly string[]): Promise<string> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    const draft = await mkdtemp(`${folder}.`);
    try {
      await writeFile(join(draft, 'layers.json'), JSON.stringify(layers));
      await makeImage(draft, layers);
      await truncate(imageIn(draft), MACHINE_DISK_BYTES);
      await rename(draft, folder).catch((thrown: NodeJS.ErrnoException) => {
        if (thrown.code !== 'ENOTEMPTY' && thrown.code !== 'EEXIST') throw thrown; // another process was first
      });
      return imageIn(folder);
    } finally {
      await rm(draft, { recursive: true, force: true });
    }
  }
}

const imageIn = (folder: string): string => join(folder, 'image.erofs');

async function layersOf(folder: string): Promise<readonly string[]> {
  const text = await readFile(join(folder, 'layers.json'), 'utf8').catch(() => '[]');
  return JSON.parse(text) as readonly string[];
}

async function makeImage(draft: string, layers: readonly string[]): Promise<void> {
  const shell = (script: string, ...args: readonly string[]) =>
    exec('unshare', ['--mount', '--propagation', 'private', 'sh', '-c', script, 'sh', ...args], {
      timeout: MAKE_MS,
      cwd: draft,
    });
  const [only, ...others] = layers;
  if (only !== undefined && others.length === 0) await shell(MAKE_OF_ONE, only, imageIn(draft));
  else {
    await mkdir(join(draft, 'root'));
    // Short links: mount(2) takes one page of options, and a layer's path may have a colon.
    await Promise.all(layers.map((layer, index) => symlink(layer, join(draft, String(index)))));
    const names = layers.map((_, index) => layers.length - 1 - index);
    await shell(MAKE, `lowerdir=${names.join(':')}`, 'root', imageIn(draft));
    await Promise.all(['root', ...names].map((name) => rm(join(draft, String(name)), { recursive: true })));
  }
}
