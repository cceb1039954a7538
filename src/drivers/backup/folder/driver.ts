import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock, type Clock } from '#kernel/clock.ts';
import { asDiskFull, syncPath } from '#kernel/durable.ts';
import { badRequest, CloudError, conflict, notFound } from '#kernel/errors.ts';
import { checkBackupId, checkDigest, checkDigests, checkManifest, checkPieceSize } from '../check.ts';
import type { BackupManifest, BackupStore } from '../driver.ts';
import { digestOf, pack, unpack } from '../piece.ts';
import { PieceFiles } from './piece-files.ts';

export interface FolderBackupOptions {
  /** A folder of the store's own; also a network file system that several control processes share. */
  readonly directory: string;
  readonly clock?: Pick<Clock, 'now'>;
}

const JSON_FILE = '.json';
const FULL = 'There is no space left for backups.';

/**
 * Backups in a folder: `pieces/aa/<sha256>` and `manifests/<id>.json`. Nothing counts references: the manifests that are
 * there tell which pieces are wanted, so that no count can ever be wrong.
 */
export class FolderBackupStore implements BackupStore {
  readonly name = 'folder';
  readonly #manifests: string;
  readonly #pieces: PieceFiles;
  #ready: Promise<void> | undefined;

  constructor({ directory, clock = systemClock }: FolderBackupOptions) {
    this.#manifests = join(directory, 'manifests');
    this.#pieces = new PieceFiles(directory, clock);
  }

  async missing(digests: readonly string[]): Promise<string[]> {
    checkDigests(digests);
    await this.#recovered();
    return this.#untouchable(digests);
  }

  async put(digest: string, bytes: Uint8Array): Promise<void> {
    checkDigest(digest);
    checkPieceSize(bytes);
    if ((await digestOf(bytes)) !== digest)
      throw badRequest(`The bytes of piece ${digest} have another digest.`);
    await this.#recovered();
    await this.#pieces.write(digest, await pack(bytes)).catch(refuseFull);
  }

  async get(digest: string): Promise<Uint8Array> {
    checkDigest(digest);
    await this.#recovered();
    const kept = await this.#pieces.read(digest);
    if (!kept) throw notFound(`There is no piece ${digest}.`);
    return unpack(digest, kept);
  }

  async putManifest(id: string, manifest: BackupManifest): Promise<void> {
    checkBackupId(id);
    checkManifest(manifest);
    const digests = piecesOf(manifest);
    await this.#recovered();
    const missing = await this.#untouchable(digests);
    if (missing.length > 0)
      throw conflict(`${missing.length} of the ${digests.length} pieces of backup ${id} are not here.`, {
        retryable: true,
      });
    await this.#pieces.writeWhole(this.#path(id), JSON.stringify(manifest)).catch(refuseFull);
  }

  async getManifest(id: string): Promise<BackupManifest> {
    checkBackupId(id);
    const text = await readFile(this.#path(id), 'utf8').catch((cause: NodeJS.ErrnoException) => {
      if (cause.code !== 'ENOENT') throw cause;
      throw notFound(`There is no backup ${id}.`, { cause });
    });
    return JSON.parse(text) as BackupManifest;
  }

  async verify(id: string): Promise<string[]> {
    const bad: string[] = [];
    for (const digest of piecesOf(await this.getManifest(id)))
      await this.get(digest).catch(() => bad.push(digest));
    return bad;
  }

  async remove(id: string): Promise<void> {
    checkBackupId(id);
    await this.#recovered();
    await rm(this.#path(id), { force: true });
    await syncPath(this.#manifests);
    await this.sweep();
  }

  async sweep(): Promise<void> {
    await this.#recovered();
    await this.#pieces.sweep(await this.#wanted());
  }

  async list(): Promise<string[]> {
    await this.#recovered();
    const names = await readdir(this.#manifests);
    return names.filter((name) => name.endsWith(JSON_FILE)).map((name) => name.slice(0, -JSON_FILE.length));
  }

  /** Touches them all. @returns those that are not there. */
  async #untouchable(digests: readonly string[]): Promise<string[]> {
    const there = new Set<string>();
    for (const digest of new Set(digests)) if (await this.#pieces.touch(digest)) there.add(digest);
    return [...new Set(digests)].filter((digest) => !there.has(digest));
  }

  async #wanted(): Promise<ReadonlySet<string>> {
    const wanted = new Set<string>();
    for (const id of await this.list())
      for (const digest of await this.getManifest(id).then(piecesOf, ignoreGone)) wanted.add(digest);
    return wanted;
  }

  #path(id: string): string {
    return join(this.#manifests, id + JSON_FILE);
  }

  #recovered(): Promise<void> {
    this.#ready ??= this.#recover();
    return this.#ready;
  }

  async #recover(): Promise<void> {
    await mkdir(this.#manifests, { recursive: true, mode: 0o700 });
    await this.#pieces.recover();
  }
}

/** Each once, without the zeros. */
const piecesOf = ({ pieces }: BackupManifest): string[] => [
  ...new Set(pieces.filter((digest) => digest !== null)),
];

/** Somebody else has removed it meanwhile. */
function ignoreGone(thrown: unknown): string[] {
  if (thrown instanceof CloudError && thrown.kind === 'not-found') return [];
  throw thrown;
}

function refuseFull(thrown: unknown): never {
  throw asDiskFull(thrown, FULL);
}
