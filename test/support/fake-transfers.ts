import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { BackupManifest } from '#drivers/backup/driver.ts';
import { badRequest, conflict, notFound } from '#kernel/errors.ts';
import type { CopySpec, DesiredObject, ImageRef } from '#node/protocol.ts';
import type { NodeRights } from '#services/volume/nodes/answers.ts';

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const sha512 = (bytes: Uint8Array) => createHash('sha512').update(bytes).digest('hex');

/** Backups in memory; see `BackupStore`. */
export class MemoryBackups {
  readonly pieces = new Map<string, Buffer>();
  readonly manifests = new Map<string, BackupManifest>();
  /** Digests that were put, in order. */
  readonly puts: string[] = [];
  /** Runs before a piece is kept: to fail, or to wait. */
  beforePut: () => Promise<void> = async () => {};

  async missing(digests: readonly string[]): Promise<string[]> {
    return digests.filter((digest) => !this.pieces.has(digest));
  }

  async put(digest: string, bytes: Uint8Array): Promise<void> {
    await this.beforePut();
    if (sha256(bytes) !== digest) throw badRequest('The piece does not have its digest.');
    this.pieces.set(digest, Buffer.from(bytes));
    this.puts.push(digest);
  }

  async get(digest: string): Promise<Uint8Array> {
    const piece = this.pieces.get(digest);
    if (!piece) throw notFound(`There is no piece ${digest}.`);
    return piece;
  }

  async putManifest(id: string, manifest: BackupManifest): Promise<void> {
    const isAbsent = (digest: string | null) => digest !== null && !this.pieces.has(digest);
    if (manifest.pieces.some(isAbsent)) throw conflict('A piece is missing.');
    this.manifests.set(id, manifest);
  }

  async getManifest(id: string): Promise<BackupManifest> {
    const manifest = this.manifests.get(id);
    if (!manifest) throw notFound(`There is no backup ${id}.`);
    return manifest;
  }
}

interface StoredImage {
  readonly diskFormat: string;
  /** What it is asked for by, once it is active. */
  readonly hash?: string;
  status: 'queued' | 'active';
  pieces: readonly Uint8Array[];
}

/** Images in memory, as nodes read and write them. */
export class MemoryImages {
  readonly stored = new Map<string, StoredImage>();

  /** @returns how it is asked for */
  add(id: string, bytes: Buffer, { diskFormat = 'raw', hash = sha512(bytes) } = {}): ImageRef {
    this.stored.set(id, { diskFormat, status: 'active', pieces: [bytes], hash });
    return { id, checksum: hash };
  }

  prepare(id: string, diskFormat = 'raw'): void {
    this.stored.set(id, { diskFormat, status: 'queued', pieces: [] });
  }

  bytesOf(id: string): Buffer {
    return Buffer.concat(this.#get(id).pieces);
  }

  readonly port = {
    get: async (_ctx: unknown, id: string) => {
      const { diskFormat, status, hash } = this.#get(id);
      const bytes = this.bytesOf(id);
      return {
        id,
        name: id,
        status,
        containerFormat: 'bare',
        diskFormat,
        size: bytes.length,
        virtualSize: null,
        hash: status === 'active' ? (hash ?? sha512(bytes)) : null,
        visibility: 'public' as const,
        owner: 'project',
        protected: false,
        tags: [],
        properties: {},
        minDisk: 0,
        minRam: 0,
      };
    },
    open: async (_ctx: unknown, id: string) => {
      const bytes = this.bytesOf(id);
      return { size: bytes.length, stream: Readable.from(inChunks(bytes), { objectMode: false }) };
    },
    append: async (_ctx: unknown, id: string, offset: number, bytes: Uint8Array) => {
      const image = this.#get(id);
      if (offset !== lengthOf(image) || image.status === 'active') throw conflict('There is a gap.');
      image.pieces = [...image.pieces, bytes];
      return { offset: lengthOf(image) };
    },
    finish: async (ctx: unknown, id: string, size: number) => {
      const image = this.#get(id);
      if (lengthOf(image) !== size) throw conflict('The image has another size.');
      image.status = 'active';
      return this.port.get(ctx, id);
    },
    discard: async (_ctx: unknown, id: string) => {
      this.#get(id).pieces = [];
    },
  };

  #get(id: string): StoredImage {
    const image = this.stored.get(id);
    if (!image) throw notFound(`No image ${id} found.`);
    return image;
  }
}

const lengthOf = ({ pieces }: StoredImage): number => pieces.reduce((sum, { length }) => sum + length, 0);

function* inChunks(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += 100_000) yield bytes.subarray(at, at + 100_000);
}

/** What is desired anywhere may be copied, as if there were one node. */
export const rightsBy = (objects: () => readonly DesiredObject[]): NodeRights => ({
  findCopy: async (_host, id): Promise<CopySpec | undefined> =>
    objects().find((object) => object.kind === 'copy' && object.id === id)?.spec as CopySpec | undefined,
  mayReadBackup: async (_host, id) =>
    objects().some(
      (object) =>
        (object.kind === 'volume' &&
          object.spec.content.source.kind === 'backup' &&
          object.spec.content.source.id === id) ||
        (object.kind === 'copy' && object.spec.to.kind === 'backup' && object.spec.to.parent === id),
    ),
});
