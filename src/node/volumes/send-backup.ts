import { open, type FileHandle } from 'node:fs/promises';
import type { BackupManifest } from '#drivers/backup/driver.ts';
import { readJson, type Control } from './control.ts';
import { eachOf } from './each-of.ts';
import type { Outgoing } from './outbox.ts';
import { progress } from './percent.ts';
import { isZeros, readFully, sha256 } from './pieces.ts';

export const PIECE_BYTES = 4 << 20;
/** Pieces whose digests are asked for at a time; what of them is missing is read a second time, from memory mostly. */
const BATCH = 64;
const WIDTH = 4;

export interface SendBackup {
  readonly copy: string;
  readonly volumeId: string;
  /** Id of the backup whose pieces need not be sent again. */
  readonly parent: string | null;
  readonly source: Outgoing;
  readonly bytes: number;
  readonly signal: AbortSignal;
  readonly note: (text: string) => void;
}

interface Piece {
  readonly offset: number;
  readonly bytes: number;
  readonly digest: string;
}

/** @returns what was really sent: pieces that control has already, and zeros, are not */
export async function sendBackup(
  control: Control,
  job: SendBackup,
): Promise<{ sentBytes: number; pieces: number }> {
  const kept = await keptBy(control, job);
  const digests: (string | null)[] = [];
  const sent = { sentBytes: 0, pieces: 0 };
  const tell = progress('copying', job.bytes, job.note);
  const count = Math.ceil(job.bytes / PIECE_BYTES);
  const file = await open(job.source.path, 'r');
  try {
    for (let first = 0; first < count; first += BATCH) {
      job.signal.throwIfAborted();
      const batch = await readBatch(file, job.bytes, { first, last: Math.min(first + BATCH, count) });
      digests.push(...batch.map((piece) => piece?.digest ?? null));
      const missing = await findMissing(control, job, { batch, kept });
      await eachOf(missing, WIDTH, (piece) => putPiece(control, job, piece));
      for (const { bytes, digest } of missing) {
        kept.add(digest);
        sent.sentBytes += bytes;
        sent.pieces++;
      }
      tell(Math.min(job.bytes, (first + BATCH) * PIECE_BYTES));
    }
  } finally {
    await file.close();
  }
  job.source.manifest = manifestOf(job, digests);
  await control.request('backup.finish', { copy: job.copy }, job.signal);
  return sent;
}

async function keptBy(control: Control, { parent, signal }: SendBackup): Promise<Set<string>> {
  if (parent === null) return new Set();
  const manifest = await readJson<BackupManifest>(
    await control.open('backup.manifest', { id: parent }, signal),
  );
  return new Set(manifest.pieces.filter((digest) => digest !== null));
}

async function readBatch(
  file: FileHandle,
  total: number,
  { first, last }: { first: number; last: number },
): Promise<(Piece | null)[]> {
  const batch = Array.from<Piece | null>({ length: last - first }).fill(null);
  await eachOf([...batch.keys()], WIDTH, async (index) => {
    const offset = (first + index) * PIECE_BYTES;
    const buffer = Buffer.allocUnsafe(Math.min(PIECE_BYTES, total - offset));
    await readFully(file, buffer, offset);
    if (!isZeros(buffer)) batch[index] = { offset, bytes: buffer.length, digest: await sha256(buffer) };
  });
  return batch;
}

/** Each digest once, however often its piece comes. */
async function findMissing(
  control: Control,
  { copy, signal }: SendBackup,
  { batch, kept }: { batch: readonly (Piece | null)[]; kept: ReadonlySet<string> },
): Promise<Piece[]> {
  const unknown = new Map<string, Piece>();
  for (const piece of batch) if (piece && !kept.has(piece.digest)) unknown.set(piece.digest, piece);
  if (unknown.size === 0) return [];
  const { digests } = await control.request('backup.missing', { copy, digests: [...unknown.keys()] }, signal);
  return digests.flatMap((digest) => unknown.get(digest) ?? []);
}

const putPiece = (control: Control, { copy, signal }: SendBackup, piece: Piece): Promise<null> =>
  control.request('backup.put', { copy, ...piece }, signal);

const manifestOf = ({ volumeId, bytes }: SendBackup, pieces: readonly (string | null)[]): BackupManifest => ({
  version: 1,
  volumeId,
  bytes,
  pieceBytes: PIECE_BYTES,
  pieces,
});
