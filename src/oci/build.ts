import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { Readable, Transform, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pack, type Header, type Pack } from 'tar-stream';
import { machineArchitecture } from './archive.ts';
import { ancestors } from './entry-path.ts';

/** A file, a link or (with neither) a directory of an image. Directories above it come by themselves with mode 0755. */
export interface BuildFile {
  /** Without leading slash. */
  readonly path: string;
  /** Default 0755 for directories, else 0644. */
  readonly mode?: number;
  readonly content?: string | Uint8Array;
  /** A file on this machine. */
  readonly sourceFile?: string;
  /** Text of a symbolic link. */
  readonly linkTo?: string;
}

/** Docker's names, as they stand in the image. */
export interface BuildConfig {
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly Env?: readonly string[];
  readonly WorkingDir?: string;
  readonly User?: string;
  readonly ExposedPorts?: Readonly<Record<string, object>>;
  readonly Volumes?: Readonly<Record<string, object>>;
  readonly Labels?: Readonly<Record<string, string>>;
  readonly StopSignal?: string;
}

export interface Build {
  /** `hello:latest` */
  readonly tag: string;
  readonly config: BuildConfig;
  readonly files: readonly BuildFile[];
}

interface Blob {
  readonly digest: string;
  readonly size: number;
}

const EPOCH = new Date(0);

/**
 * Writes an image of one layer as a `docker save` archive that is an OCI layout as well. The same build always gives the
 * same bytes. `out` appears whole or not at all.
 */
export const buildArchive = (out: string, build: Build): Promise<void> =>
  buildFrom(out, build, (file) => write(file, (tar) => addFiles(tar, withParents(build.files))));

/** The same of a layer that is a tar already. @param layer read once, and kept beside `out` meanwhile */
export const wrapLayer = (
  out: string,
  image: Omit<Build, 'files'>,
  layer: AsyncIterable<Uint8Array>,
): Promise<void> => buildFrom(out, image, (file) => save(file, Readable.from(layer)));

async function buildFrom(
  out: string,
  image: Omit<Build, 'files'>,
  makeLayer: (file: string) => Promise<Blob>,
): Promise<void> {
  const layer = `${out}.${randomUUID()}.layer`;
  const whole = `${out}.${randomUUID()}.tmp`;
  try {
    const blob = await makeLayer(layer);
    await write(whole, (tar) => addImage(tar, image, { ...blob, file: layer }));
    await rename(whole, out);
  } finally {
    await Promise.all([layer, whole].map((file) => rm(file, { force: true })));
  }
}

async function write(file: string, fill: (tar: Pack) => Promise<void>): Promise<Blob> {
  const tar = pack();
  const filling = () =>
    fill(tar).then(
      () => tar.finalize(),
      (thrown: Error) => tar.destroy(thrown),
    );
  const [blob] = await Promise.all([save(file, tar), filling()]);
  return blob;
}

async function save(file: string, source: Pack | Readable): Promise<Blob> {
  const hash = createHash('sha256');
  let size = 0;
  const measure = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      hash.update(chunk);
      size += chunk.length;
      done(null, chunk);
    },
  });
  await pipeline(source, measure, createWriteStream(file, { flags: 'wx', flush: true }));
  return { digest: hash.digest('hex'), size };
}

/** The files and every directory above them that is not listed, in an order that makes each before what it holds. */
function withParents(files: readonly BuildFile[]): BuildFile[] {
  const listed = new Map(files.map((file) => [file.path, file]));
  for (const { path } of files)
    for (const parent of ancestors(path)) if (!listed.has(parent)) listed.set(parent, { path: parent });
  return [...listed.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function addFiles(tar: Pack, files: readonly BuildFile[]): Promise<void> {
  for (const { path, mode, content, sourceFile, linkTo } of files) {
    if (linkTo !== undefined) await add(tar, { name: path, type: 'symlink', linkname: linkTo, mode: 0o777 });
    else if (sourceFile !== undefined) await addFile(tar, { name: path, mode: mode ?? 0o644 }, sourceFile);
    else if (content !== undefined) await add(tar, { name: path, mode: mode ?? 0o644 }, content);
    else await add(tar, { name: `${path}/`, type: 'directory', mode: mode ?? 0o755 });
  }
}

async function addImage(
  tar: Pack,
  build: Omit<Build, 'files'>,
  layer: Blob & { file: string },
): Promise<void> {
  const config = asBlob({
    architecture: machineArchitecture(),
    config: build.config,
    created: EPOCH.toISOString(),
    history: [{ created: EPOCH.toISOString(), created_by: 'hydria' }],
    os: 'linux',
    rootfs: { type: 'layers', diff_ids: [`sha256:${layer.digest}`] },
  });
  const manifest = asBlob({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: descriptor('application/vnd.oci.image.config.v1+json', config),
    layers: [descriptor('application/vnd.oci.image.layer.v1.tar', layer)],
  });
  await addFile(tar, { name: pathOf(layer) }, layer.file);
  await add(tar, { name: pathOf(config) }, config.text);
  await add(tar, { name: pathOf(manifest) }, manifest.text);
  await add(tar, { name: 'index.json' }, JSON.stringify(indexOf(build.tag, manifest)));
  await add(tar, { name: 'manifest.json' }, JSON.stringify(savedOf(build.tag, config, layer)));
  await add(tar, { name: 'oci-layout' }, JSON.stringify({ imageLayoutVersion: '1.0.0' }));
}

const indexOf = (tag: string, manifest: Blob) => ({
  schemaVersion: 2,
  mediaType: 'application/vnd.oci.image.index.v1+json',
  manifests: [
    {
      ...descriptor('application/vnd.oci.image.manifest.v1+json', manifest),
      annotations: { 'org.opencontainers.image.ref.name': tag },
    },
  ],
});

const savedOf = (tag: string, config: Blob, layer: Blob) => [
  { Config: pathOf(config), RepoTags: [tag], Layers: [pathOf(layer)] },
];

const pathOf = (blob: Blob): string => `blobs/sha256/${blob.digest}`;

const descriptor = (mediaType: string, { digest, size }: Blob) => ({
  mediaType,
  digest: `sha256:${digest}`,
  size,
});

function asBlob(document: object): Blob & { text: string } {
  const text = JSON.stringify(document);
  return { text, digest: createHash('sha256').update(text).digest('hex'), size: Buffer.byteLength(text) };
}

type Given = Partial<Header> & Pick<Header, 'name'>;

const header = (given: Given): Given => ({ mode: 0o644, uid: 0, gid: 0, mtime: EPOCH, ...given });

function add(tar: Pack, given: Given, content: string | Uint8Array = ''): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  tar.entry(header(given), Buffer.from(content), (error) => (error ? reject(error) : resolve()));
  return promise;
}

async function addFile(tar: Pack, given: Given, file: string): Promise<void> {
  const { size } = await stat(file);
  const entry: unknown = tar.entry(header({ ...given, size })); // a stream of streamx, which Node's pipeline takes
  await pipeline(createReadStream(file), entry as Writable);
}
