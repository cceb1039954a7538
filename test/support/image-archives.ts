import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { pack, type Header } from 'tar-stream';

/** A member of a tar file exactly as given, sound or not. */
export type TarMember = Partial<Header> & { readonly name: string; readonly content?: string | Uint8Array };

export interface TestImage {
  readonly layers: readonly Uint8Array[];
  /** Docker's `config`. */
  readonly config?: object;
  readonly tag?: string;
  /** Put over the image's document. */
  readonly document?: object;
}

export const sha256 = (bytes: string | Uint8Array): string =>
  createHash('sha256').update(bytes).digest('hex');

/** A tar file of these members. */
export async function tarOf(members: readonly TarMember[]): Promise<Buffer> {
  const tar = pack();
  for (const { content = '', ...header } of members)
    tar.entry({ mode: 0o644, mtime: new Date(0), ...header }, Buffer.from(content));
  tar.finalize();
  return Buffer.concat(await Array.fromAsync(tar as AsyncIterable<unknown> as AsyncIterable<Buffer>));
}

/** The image's document, with the digests of its layers. */
export function documentOf(image: TestImage): string {
  return JSON.stringify({
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    os: 'linux',
    config: image.config ?? { Cmd: ['/bin/true'] },
    rootfs: { type: 'layers', diff_ids: image.layers.map((layer) => `sha256:${sha256(layer)}`) },
    ...image.document,
  });
}

/** As Docker until 24 saves: `<id>/layer.tar`, later appearances of a layer as links to the first. */
export function dockerOld(image: TestImage): TarMember[] {
  const document = documentOf(image);
  const seen = new Map<string, string>();
  const names = image.layers.map((_, at) => `${sha256(`layer ${at}`)}/layer.tar`);
  const layers = image.layers.flatMap((layer, at): TarMember[] => {
    const name = names[at] ?? '';
    const first = seen.get(sha256(layer));
    if (first === undefined) seen.set(sha256(layer), name);
    return [
      { name: `${posix.dirname(name)}/`, type: 'directory' },
      { name: `${posix.dirname(name)}/VERSION`, content: '1.0' },
      first === undefined ? { name, content: layer } : { name, type: 'symlink', linkname: `../${first}` },
    ];
  });
  const config = `${sha256(document)}.json`;
  return [...layers, { name: config, content: document }, savedManifest(image, config, names)];
}

/** As Docker from 25 on saves: an OCI layout with `manifest.json`. */
export const dockerNew = (image: TestImage): TarMember[] => [
  ...oci(image),
  savedManifest(
    image,
    blobName(documentOf(image)),
    image.layers.map((layer) => blobName(layer)),
  ),
];

export interface OciOptions {
  readonly compress?: (layer: Uint8Array) => Uint8Array;
  /** Puts the image into an index inside the index, beside one of another platform. */
  readonly nested?: boolean;
}

/** An OCI layout. */
export function oci(
  image: TestImage,
  { compress = (layer) => layer, nested = false }: OciOptions = {},
): TarMember[] {
  const document = documentOf(image);
  const blobs = image.layers.map((layer) => compress(layer));
  const manifest = JSON.stringify({
    schemaVersion: 2,
    config: descriptor('config.v1+json', document),
    layers: blobs.map((blob) => descriptor('layer.v1.tar', blob)),
  });
  const entry = {
    ...descriptor('manifest.v1+json', manifest),
    annotations: { 'org.opencontainers.image.ref.name': image.tag ?? 'test:latest' },
  };
  const inner = JSON.stringify(
    indexOf([{ ...entry, platform: { os: 'linux', architecture: 'vax' } }, platformed(entry)]),
  );
  const index = nested ? indexOf([descriptor('index.v1+json', inner)]) : indexOf([entry]);
  const unique = new Map(
    [...blobs, document, manifest, inner].map((content) => [blobName(content), content]),
  );
  return [
    { name: 'oci-layout', content: '{"imageLayoutVersion":"1.0.0"}' },
    ...[...unique].map(([name, content]) => ({ name, content })),
    { name: 'index.json', content: JSON.stringify(index) },
  ];
}

export const gzip = (layer: Uint8Array): Uint8Array => gzipSync(layer);
export const zstd = (layer: Uint8Array): Uint8Array => zstdCompressSync(layer);

const indexOf = (manifests: readonly object[]) => ({ schemaVersion: 2, manifests });
const platformed = (entry: object) => ({
  ...entry,
  platform: { os: 'linux', architecture: process.arch === 'x64' ? 'amd64' : process.arch },
});
const blobName = (content: string | Uint8Array): string => `blobs/sha256/${sha256(content)}`;
const descriptor = (type: string, content: string | Uint8Array) => ({
  mediaType: `application/vnd.oci.image.${type}`,
  digest: `sha256:${sha256(content)}`,
  size: Buffer.byteLength(content),
});
const savedManifest = (image: TestImage, config: string, layers: readonly string[]): TarMember => ({
  name: 'manifest.json',
  content: JSON.stringify([{ Config: config, RepoTags: [image.tag ?? 'test:latest'], Layers: layers }]),
});

/** Two layers that use what layers can: links, modes, a whiteout, an opaque directory. */
export async function layeredImage(): Promise<TestImage> {
  const lower = await tarOf([
    { name: './', type: 'directory', mode: 0o755 },
    { name: 'bin/', type: 'directory', mode: 0o755 },
    { name: 'bin/tool', content: 'tool', mode: 0o4755, uid: 7, gid: 8, mtime: new Date(1_000_000_000_000) },
    { name: 'bin/sh', type: 'symlink', linkname: '/bin/tool' },
    { name: 'bin/same', type: 'link', linkname: 'bin/tool' },
    { name: 'etc/', type: 'directory', mode: 0o755 },
    { name: 'etc/gone', content: 'gone' },
    { name: 'data/', type: 'directory', mode: 0o700 },
    { name: 'data/old', content: 'old' },
    { name: 'empty/', type: 'directory', mode: 0o1777, mtime: new Date(1_000_000_000_000) },
  ]);
  const upper = await tarOf([
    { name: 'etc/', type: 'directory', mode: 0o755 },
    { name: 'etc/.wh.gone' },
    { name: 'data/', type: 'directory', mode: 0o750 },
    { name: 'data/.wh..wh..opq' },
    { name: 'data/new', content: 'new' },
    { name: `${'long-name/'.repeat(20)}file`, content: 'deep' },
  ]);
  return { layers: [lower, upper], config: { Cmd: ['/bin/tool'], Env: ['A=b=c'] } };
}

/** A directory that goes away with `await using`. */
export async function scratch(): Promise<
  AsyncDisposable & { path: string; write(bytes: Uint8Array): Promise<string> }
> {
  const path = await mkdtemp(join(tmpdir(), 'hydria-oci-'));
  let files = 0;
  return {
    path,
    write: async (bytes) => {
      const file = join(path, `archive-${files++}.tar`);
      await writeFile(file, bytes);
      return file;
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}
