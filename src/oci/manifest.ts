import { Type, type Static, type TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { digestInName } from './archive-index.ts';
import { refusal, shown } from './refusal.ts';

/** Which files of an archive make up the image. */
export interface ImageFiles {
  readonly tags: readonly string[];
  /** Path of the image's JSON document, and the sha256 it has. */
  readonly document: string;
  readonly id: string;
  /** Paths of the layers, lowest first. The same one may appear twice. */
  readonly layers: readonly string[];
}

/** What an image's documents are looked up in: an archive that was read, or a directory. */
export interface ImageIndex {
  has(name: string): Promise<boolean>;
  /** The path of the file that a name in a manifest means. @throws CloudError `bad-request` when it is missing. */
  locate(name: string): Promise<string>;
  sizeOf(name: string): Promise<number>;
  /** A JSON document, parsed, and unchecked but for its digest. */
  document(name: string): Promise<unknown>;
}

const compile = <T extends TSchema>(schema: T) => Compile(schema);

const saved = compile(
  Type.Array(
    Type.Object({
      Config: Type.String(),
      RepoTags: Type.Optional(Type.Union([Type.Array(Type.String()), Type.Null()])),
      Layers: Type.Union([Type.Array(Type.String()), Type.Null()]),
    }),
  ),
);

const Descriptor = Type.Object({
  mediaType: Type.Optional(Type.String()),
  digest: Type.String(),
  size: Type.Integer({ minimum: 0 }),
  platform: Type.Optional(Type.Object({ os: Type.String(), architecture: Type.String() })),
  annotations: Type.Optional(Type.Record(Type.String(), Type.String())),
});
type Descriptor = Static<typeof Descriptor>;
const ociIndex = compile(Type.Object({ manifests: Type.Array(Descriptor) }));
const ociManifest = compile(Type.Object({ config: Descriptor, layers: Type.Array(Descriptor) }));

/**
 * Reads the manifest of a `docker save` archive, else that of an OCI layout.
 * @param architecture in Go's names (`amd64`); chooses among the images of an OCI index
 */
export async function resolveImage(index: ImageIndex, architecture: string): Promise<ImageFiles> {
  if (await index.has('manifest.json')) return savedImage(index);
  if (await index.has('index.json')) return ociImage(index, architecture);
  throw refusal('it holds neither manifest.json (docker save) nor index.json (OCI)');
}

async function savedImage(index: ImageIndex): Promise<ImageFiles> {
  const images = await index.document('manifest.json');
  if (!saved.Check(images)) throw refusal('manifest.json is not that of docker save');
  const [image, ...others] = images;
  if (!image || others.length > 0) throw refusal(`it holds ${images.length} images; save exactly one`);
  const id = digestInName(image.Config);
  if (!id) throw refusal(`the configuration ${shown(image.Config)} is not named by its digest`);
  return {
    tags: image.RepoTags ?? [],
    document: await index.locate(image.Config),
    id: `sha256:${id}`,
    layers: await Promise.all((image.Layers ?? []).map((name) => index.locate(name))),
  };
}

async function ociImage(index: ImageIndex, architecture: string): Promise<ImageFiles> {
  const descriptor = await chooseManifest(index, 'index.json', architecture);
  const manifest = await index.document(await blobPath(index, descriptor));
  if (!ociManifest.Check(manifest)) throw refusal(`${descriptor.digest} is no image manifest`);
  return {
    tags: tagsOf(descriptor),
    document: await blobPath(index, manifest.config),
    id: manifest.config.digest,
    layers: await Promise.all(manifest.layers.map((layer) => blobPath(index, layer))),
  };
}

const INDEX_DEPTH = 4;

/** An index lists manifests and further indexes, each perhaps for one platform. */
async function chooseManifest(
  index: ImageIndex,
  path: string,
  architecture: string,
  depth = 0,
): Promise<Descriptor> {
  const list = await index.document(path);
  if (!ociIndex.Check(list)) throw refusal(`${shown(path)} is no OCI index`);
  const fitting = list.manifests.filter(({ platform }) => !platform || fits(platform, architecture));
  const [chosen, ...others] = fitting;
  if (!chosen) throw refusal(`it holds no image for linux on ${architecture}`);
  if (others.length > 0)
    throw refusal(`it holds ${fitting.length} images for ${architecture}; save exactly one`);
  if (!/index|manifest\.list/.test(chosen.mediaType ?? '')) return chosen;
  if (depth >= INDEX_DEPTH) throw refusal('its indexes are nested too deeply');
  const inner = await chooseManifest(index, await blobPath(index, chosen), architecture, depth + 1);
  return { ...inner, annotations: { ...inner.annotations, ...chosen.annotations } };
}

const fits = (platform: { os: string; architecture: string }, architecture: string): boolean =>
  platform.os === 'linux' && platform.architecture === architecture;

async function blobPath(index: ImageIndex, { digest, size }: Descriptor): Promise<string> {
  const hex = /^sha256:([0-9a-f]{64})$/.exec(digest)?.[1];
  if (!hex) throw refusal(`the digest ${shown(digest)} is not a sha256`);
  const path = await index.locate(`blobs/sha256/${hex}`);
  if (path !== `blobs/sha256/${hex}`) throw refusal(`the blob ${digest} is a link`);
  if ((await index.sizeOf(path)) !== size)
    throw refusal(`the blob ${digest} does not have the size in its manifest`);
  return path;
}

function tagsOf({ annotations = {} }: Descriptor): string[] {
  const tag = annotations['io.containerd.image.name'] ?? annotations['org.opencontainers.image.ref.name'];
  return tag === undefined ? [] : [tag];
}
