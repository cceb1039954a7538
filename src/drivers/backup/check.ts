import { badRequest } from '#kernel/errors.ts';
import { isUuid } from '#kernel/ids.ts';
import type { BackupManifest } from './driver.ts';
import { MAX_PIECE } from './piece.ts';

/** The gate: what passes here may become a file's name. */

const DIGEST = /^[0-9a-f]{64}$/;
const MOST_DIGESTS = 1000;

export function checkBackupId(id: string): void {
  if (!isUuid(id)) throw badRequest(`'${id}' is not the id of a backup.`);
}

export function checkDigest(digest: string): void {
  if (!DIGEST.test(digest)) throw badRequest(`'${digest}' is not a SHA-256 in hex.`);
}

export function checkDigests(digests: readonly string[]): void {
  if (digests.length > MOST_DIGESTS)
    throw badRequest(`At most ${MOST_DIGESTS} pieces can be asked for at once, not ${digests.length}.`);
  digests.forEach(checkDigest);
}

export function checkPieceSize({ length }: Uint8Array): void {
  if (length === 0 || length > MAX_PIECE)
    throw badRequest(`A piece has 1 to ${MAX_PIECE} bytes, not ${length}.`);
}

export function checkManifest({ bytes, pieceBytes, pieces }: BackupManifest): void {
  for (const digest of pieces) if (digest !== null) checkDigest(digest);
  if (!(pieceBytes > 0) || pieces.length !== Math.ceil(bytes / pieceBytes))
    throw badRequest(
      `${pieces.length} pieces of ${pieceBytes} bytes are not the ${bytes} bytes of a volume.`,
    );
}
