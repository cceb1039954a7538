import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pack } from 'tar-stream';
import { CloudError } from '#kernel/errors.ts';
import { start } from '#kernel/exec.ts';
import { linkLayers, overlayOptions } from '../overlay.ts';
import type { Engine } from './engine.ts';

const COPIES = 'hydria/rootfs';
const PAUSE = { repo: 'hydria/pause', tag: '1' };
const LAYERS_LABEL = 'hydria.layers';
/** Static, so that it runs alone in an image. */
export const BUSYBOX = '/bin/busybox';

/** Prints what layers make together as tar, from a mount that goes with the process. */
const FLATTEN = `cd "$0/lower"
mount -t overlay -o "$1" overlay ../rootfs
cd ../rootfs
exec tar --create --numeric-owner --xattrs --xattrs-include='*' --file=- .`;

/** The images that Docker has from us: a copy of each root file system that was asked for, by the layers it is made of. */
export class DockerImages {
  readonly #engine: Engine;
  readonly #base: string;
  readonly #making = new Map<string, Promise<void>>();

  constructor(engine: Engine, base: string) {
    this.#engine = engine;
    this.#base = base;
  }

  /** @returns the name of the copy. */
  async ensure(layers: readonly string[]): Promise<string> {
    const tag = createHash('sha256').update(JSON.stringify(layers)).digest('hex');
    return this.#once(`${COPIES}:${tag}`, async () => {
      const label = Buffer.from(JSON.stringify(layers)).toString('base64url');
      await this.bring({ repo: COPIES, tag, changes: `LABEL ${LAYERS_LABEL}=${label}` }, this.#flat(layers));
    });
  }

  /** The image of sandboxes: a static busybox. */
  ensurePause(): Promise<string> {
    return this.#once(`${PAUSE.repo}:${PAUSE.tag}`, async () => {
      const tar = pack();
      for (const name of ['bin', 'dev', 'etc', 'proc', 'sys']) tar.entry({ name, type: 'directory' });
      tar.entry({ name: BUSYBOX.slice(1), mode: 0o755 }, await readFile(BUSYBOX));
      tar.entry({ name: 'netns' }, '');
      tar.finalize();
      await this.bring(PAUSE, tar as AsyncIterable<unknown> as AsyncIterable<Uint8Array>);
    });
  }

  /** Makes an image of one layer. When the tar fails, there is none. */
  async bring(
    name: { readonly repo: string; readonly tag: string; readonly changes?: string },
    tar: AsyncIterable<Uint8Array>,
  ): Promise<void> {
    const content = Readable.from(tar, { objectMode: false });
    const answer = await this.#engine.ask((docker) => docker.importImage(content, { ...name }));
    const words = Buffer.concat(await Array.fromAsync(answer as AsyncIterable<Buffer>)).toString();
    const failure = /"error":"((?:[^"\\]|\\.)*)"/.exec(words)?.[1];
    if (failure !== undefined) throw new CloudError('internal', `Docker takes no image: ${failure}.`);
  }

  async has(name: string): Promise<boolean> {
    return (await this.#engine.find((docker) => docker.getImage(name).inspect())) !== undefined;
  }

  async remove(name: string): Promise<void> {
    await this.#engine.find((docker) => docker.getImage(name).remove());
  }

  /** Takes away the copies of what is no longer on this machine. One that a container still has stays, and goes another time. */
  async sweep(): Promise<void> {
    const filters = JSON.stringify({ label: [LAYERS_LABEL] });
    const images = await this.#engine.ask((docker) => docker.listImages({ filters }));
    for (const { Id, Labels } of images) {
      const layers = layersIn(Labels[LAYERS_LABEL] ?? '');
      if (layers.every((layer) => existsSync(layer))) continue;
      await this.remove(Id).catch((thrown: unknown) => {
        if (!(thrown instanceof CloudError && thrown.kind === 'conflict')) throw thrown;
      });
    }
  }

  async #once(name: string, make: () => Promise<void>): Promise<string> {
    if (await this.has(name)) return name;
    const making = this.#making.get(name) ?? make().finally(() => this.#making.delete(name));
    this.#making.set(name, making);
    await making;
    return name;
  }

  async *#flat(layers: readonly string[]): AsyncGenerator<Uint8Array> {
    await mkdir(this.#base, { recursive: true, mode: 0o700 });
    const dir = await mkdtemp(join(this.#base, 'copy-'));
    const [rootfs, lower, upper, work] = ['rootfs', 'lower', 'upper', 'work'].map((name) => join(dir, name));
    try {
      await linkLayers({ rootfs, lower, upper, work } as Parameters<typeof linkLayers>[0], layers);
      yield* outputOf(['--mount', 'sh', '-euc', FLATTEN, dir, overlayOptions(layers.length)]);
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  }
}

/** What unshare(1) with these arguments prints. @throws CloudError `internal` after the last byte, when it failed */
async function* outputOf(args: readonly string[]): AsyncGenerator<Uint8Array> {
  const child = start('unshare', args);
  const ended = Promise.withResolvers<number | null>();
  let words = '';
  child.once('error', ended.reject).once('close', ended.resolve);
  child.stderr?.on('data', (said: Buffer) => (words = (words + String(said)).slice(-1000)));
  try {
    yield* (child.stdout ?? []) as AsyncIterable<Uint8Array>;
    if ((await ended.promise) !== 0)
      throw new CloudError('internal', `The image cannot be copied: ${words.trim()}.`);
  } finally {
    child.kill('SIGKILL');
    await ended.promise.catch(() => {});
  }
}

function layersIn(label: string): readonly string[] {
  try {
    return JSON.parse(Buffer.from(label, 'base64url').toString()) as string[];
  } catch {
    return []; // not written by us
  }
}
