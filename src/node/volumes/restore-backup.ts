import type { BackupManifest } from '#drivers/backup/driver.ts';
import { badRequest, unavailable } from '#kernel/errors.ts';
import { readJson, type Control } from './control.ts';
import { progress } from './percent.ts';
import { inPieces, sha256, SparseFile } from './pieces.ts';
import type { ImageTarget } from './write-image.ts';

/** Writes the content of a backup. Every piece is checked against its digest. */
export async function restoreBackup(control: Control, target: ImageTarget, id: string): Promise<void> {
  const { signal, note } = target;
  const manifest = await readJson<BackupManifest>(await control.open('backup.manifest', { id }, signal));
  if (manifest.bytes > target.bytes) throw badRequest('The backup is larger than the volume.');
  const tell = progress('restoring', manifest.bytes, note);
  await using file = await SparseFile.open(target.path);
  for await (const { offset, bytes } of piecesOf(control, { manifest, id, signal })) {
    await file.write(bytes, offset);
    tell(offset + bytes.length);
  }
}

interface Restoring {
  readonly manifest: BackupManifest;
  readonly id: string;
  readonly signal: AbortSignal;
}

async function* piecesOf(control: Control, { manifest, id, signal }: Restoring) {
  const { pieceBytes } = manifest;
  const kept = manifest.pieces.flatMap((digest, index) => (digest === null ? [] : [{ digest, index }]));
  const stream = await control.open('backup.open', { id, from: 0 }, signal);
  let next = 0;
  // Only the volume's last piece may be shorter: the stream has no other bounds.
  for await (const bytes of inPieces(stream, pieceBytes)) {
    const piece = kept[next++];
    if (!piece || (await sha256(bytes)) !== piece.digest)
      throw unavailable('A piece of the backup came spoilt.');
    yield { offset: piece.index * pieceBytes, bytes };
  }
  if (next < kept.length) throw unavailable('The backup came short.');
}
