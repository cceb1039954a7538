import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { ArchiveLimits } from '../limits.ts';
import { refusal } from '../refusal.ts';

export interface BlobRef {
  readonly digest: string;
  readonly size: number;
}

/** What an image consists of: its configuration and its layers, each once. */
export interface ImageParts {
  readonly blobs: readonly BlobRef[];
  /** Bytes. */
  readonly total: number;
}

/** An index leads on, a manifest has parts. */
export type ManifestContent = { readonly next: string } | { readonly parts: ImageParts };

const Blob = Type.Object({
  digest: Type.String({ pattern: '^sha256:[0-9a-f]{64}$' }),
  size: Type.Integer({ minimum: 0 }),
});
const manifest = Compile(Type.Object({ config: Blob, layers: Type.Array(Blob) }));
const index = Compile(
  Type.Object({
    manifests: Type.Array(
      Type.Object({
        digest: Blob.properties.digest,
        platform: Type.Optional(Type.Object({ os: Type.String(), architecture: Type.String() })),
      }),
    ),
  }),
);

/**
 * Reads a manifest of Docker or OCI, or an index of several of them.
 * @param architecture in Go's names (`amd64`); chooses among the manifests of an index
 * @throws CloudError `bad-request`
 */
export function readManifest(text: string, architecture: string, limits: ArchiveLimits): ManifestContent {
  const json = parse(text);
  if (manifest.Check(json)) return { parts: partsOf([json.config, ...json.layers], limits) };
  if (!index.Check(json)) throw refusal('its manifest is none of Docker (version 2, schema 2) or OCI');
  const fitting = json.manifests.find(
    ({ platform }) => !platform || (platform.os === 'linux' && platform.architecture === architecture),
  );
  if (!fitting) throw refusal(`it has no image for linux on ${architecture}`);
  return { next: fitting.digest };
}

function partsOf(listed: readonly BlobRef[], limits: ArchiveLimits): ImageParts {
  if (listed.length - 1 > limits.layers)
    throw refusal(`it has ${listed.length - 1} layers; ${limits.layers} are allowed`);
  const blobs = [...new Map(listed.map(({ digest, size }) => [digest, { digest, size }])).values()];
  const total = blobs.reduce((sum, { size }) => sum + size, 0);
  if (total > limits.unpackedBytes)
    throw refusal(`it takes ${total} bytes; ${limits.unpackedBytes} are allowed`);
  return { blobs, total };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw refusal('its manifest is no valid JSON', cause);
  }
}
