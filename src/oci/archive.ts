import { archiveEntries, ArchiveIndex } from './archive-index.ts';
import type { Bytes } from './compression.ts';
import { fileBytes } from './files.ts';
import { entryPath } from './entry-path.ts';
import { parseImageDocument, type ImageConfig, type ImageDocument } from './image-config.ts';
import type { ArchiveLimits } from './limits.ts';
import { resolveImage, type ImageFiles, type ImageIndex } from './manifest.ts';
import { refusal } from './refusal.ts';

/** An image in a `docker save` or OCI archive, its documents read and checked, its layers not yet. */
export interface ImageArchive {
  /** `sha256:…` of its configuration document. */
  readonly id: string;
  readonly tags: readonly string[];
  readonly config: ImageConfig;
  readonly architecture: string;
  /** Lowest first. */
  readonly layers: readonly LayerSource[];
  /** The layers as stored, each once, in the archive's order: one pass, whatever compresses the archive. */
  contents(): AsyncGenerator<LayerContent>;
}

export interface LayerSource {
  /** `sha256:…` of the layer as an uncompressed tar file. */
  readonly diffId: string;
  /** In the archive. */
  readonly path: string;
  /** For messages: `layer 2 of 3`. */
  readonly label: string;
}

export interface LayerContent {
  readonly layer: LayerSource;
  /** Unchecked and perhaps compressed; may be left unread, but not half read. */
  readonly content: Bytes;
}

/**
 * @param file a tar file, or one compressed with gzip or zstd
 * @throws CloudError `bad-request` that names what is wrong with the archive
 */
export async function readArchive(
  file: string,
  limits: ArchiveLimits,
  signal?: AbortSignal,
): Promise<ImageArchive> {
  const index = await ArchiveIndex.read(fileBytes(file, signal), limits);
  const { byPath, ...image } = await describeImage(index, limits);
  return { ...image, contents: () => layerContents(fileBytes(file, signal), byPath, limits) };
}

export interface ImageDescription extends Omit<ImageArchive, 'contents'> {
  /** The layers by where they are, each once. */
  readonly byPath: ReadonlyMap<string, LayerSource>;
}

/** All that an image's documents say, checked. */
export async function describeImage(index: ImageIndex, limits: ArchiveLimits): Promise<ImageDescription> {
  const files = await resolveImage(index, machineArchitecture());
  const document = parseImageDocument(await index.document(files.document));
  checkPlatform(document);
  const layers = layerSources(files, document, limits);
  return {
    id: files.id,
    tags: files.tags,
    config: document.config,
    architecture: document.architecture,
    layers,
    byPath: layersByPath(layers),
  };
}

function layerSources(files: ImageFiles, { diffIds }: ImageDocument, limits: ArchiveLimits): LayerSource[] {
  const count = files.layers.length;
  if (count !== diffIds.length)
    throw refusal(`its manifest lists ${count} layers, its configuration ${diffIds.length}`);
  if (count > limits.layers) throw refusal(`it has ${count} layers; ${limits.layers} are allowed`);
  return files.layers.map((path, at) => ({
    path,
    diffId: diffIds[at] ?? '',
    label: `layer ${at + 1} of ${count}`,
  }));
}

async function* layerContents(
  source: Bytes,
  wanted: ReadonlyMap<string, LayerSource>,
  limits: ArchiveLimits,
): AsyncGenerator<LayerContent> {
  for await (const entry of archiveEntries(source, limits)) {
    const layer = wanted.get(entryPath(entry.name, limits, 'the archive'));
    if (layer && entry.type === 'file') yield { layer, content: entry.content };
  }
}

function layersByPath(layers: readonly LayerSource[]): Map<string, LayerSource> {
  const found = new Map<string, LayerSource>();
  for (const layer of layers) {
    const other = found.get(layer.path);
    if (other && other.diffId !== layer.diffId)
      throw refusal(`${other.label} and ${layer.label} are one file with two digests`);
    found.set(layer.path, layer);
  }
  return found;
}

function checkPlatform({ os, architecture }: ImageDocument): void {
  const machine = machineArchitecture();
  if (os !== '' && os !== 'linux') throw refusal(`it is for ${os}; this machine runs linux`);
  if (architecture !== '' && architecture !== machine)
    throw refusal(`it is for ${architecture}; this machine is ${machine}`);
}

const GO_NAMES: Partial<Record<NodeJS.Architecture, string>> = {
  x64: 'amd64',
  ia32: '386',
  ppc64: 'ppc64le',
};

/** This machine's architecture as images name it. */
export const machineArchitecture = (): string => GO_NAMES[process.arch] ?? process.arch;
