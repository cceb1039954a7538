/**
 * Where backups of volumes are kept: pieces known by the SHA-256 of their content, each once, and a manifest for each
 * backup. A piece is durable when `put` returns, a backup exists once its manifest does. All verbs may be repeated.
 */
export interface BackupStore {
  readonly name: string;
  /** Those of the pieces that are not here. @param digests SHA-256, hex; at most 1,000 */
  missing(digests: readonly string[]): Promise<string[]>;
  /** @throws CloudError `bad-request` when the bytes do not have the digest; `too-large` when the disk is full */
  put(digest: string, bytes: Uint8Array): Promise<void>;
  /** @throws CloudError `not-found`; `internal` when what is kept no longer has the digest */
  get(digest: string): Promise<Uint8Array>;
  /** @throws CloudError `conflict` when a piece of it is not here */
  putManifest(id: string, manifest: BackupManifest): Promise<void>;
  getManifest(id: string): Promise<BackupManifest>;
  /** Reads every piece of it. @returns the pieces that are absent or spoilt */
  verify(id: string): Promise<string[]>;
  /** Removes the backup, and the pieces that no other has. */
  remove(id: string): Promise<void>;
  /** Removes the pieces that no backup has and none that is being made can count on. */
  sweep(): Promise<void>;
  list(): Promise<string[]>;
}

export interface BackupManifest {
  readonly version: 1;
  readonly volumeId: string;
  /** Bytes of the volume. */
  readonly bytes: number;
  /** Bytes of each piece but the last. */
  readonly pieceBytes: number;
  /** SHA-256 of each piece, in order; null = zeros. */
  readonly pieces: readonly (string | null)[];
}
