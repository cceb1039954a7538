import type { BackupManifest, BackupStore } from '#drivers/backup/driver.ts';
import type { Clock } from '#kernel/clock.ts';
import { systemCtx, type Ctx } from '#kernel/context.ts';
import { badRequest, forbidden } from '#kernel/errors.ts';
import { newRequestId } from '#kernel/ids.ts';
import type { Logger } from '#kernel/log.ts';
import type { CopyRange, CopySpec } from '#node/protocol.ts';
import type { ImagePort } from '#services/image/port.ts';
import type { AskingNode, NodeQuestions } from '#services/placement/port.ts';
import { readExactly, readJson } from './bytes.ts';

/** What is desired on a node, and so may be written or read by it. */
export interface NodeRights {
  /** A copy that is desired on this host. */
  findCopy(host: string, id: string): Promise<CopySpec | undefined>;
  /** Whether a volume desired on this host begins with the backup, or a copy there builds on it. */
  mayReadBackup(host: string, id: string): Promise<boolean>;
}

export interface NodeAnswersDeps {
  readonly rights: NodeRights;
  readonly backups: Pick<BackupStore, 'missing' | 'put' | 'get' | 'putManifest' | 'getManifest'>;
  readonly images: Pick<ImagePort, 'get' | 'append' | 'finish' | 'discard'>;
  readonly clock: Clock;
  readonly log: Logger;
}

type Target<K extends CopySpec['to']['kind']> = Extract<CopySpec['to'], { kind: K }>;

const LONGEST_RANGE = 16 << 20;
const MOST_DIGESTS = 1000;

/** Content that nodes take from backups, and send to backups and images. A node may touch only what control asked it to copy. */
export function answerTransfers(nodes: NodeQuestions, deps: NodeAnswersDeps): void {
  answerCopies(nodes, deps);
  answerRestores(nodes, deps);
  answerUploads(nodes, deps);
}

function answerCopies(nodes: NodeQuestions, { rights, backups }: NodeAnswersDeps): void {
  nodes.answer('backup.missing', async ({ host }, { copy, digests }) => {
    await targetOf(rights, { host, copy }, 'backup');
    if (digests.length > MOST_DIGESTS) throw badRequest('These are too many digests at once.');
    return { digests: await backups.missing(digests) };
  });
  nodes.answer('backup.put', async (node, { digest, ...range }, signal) => {
    await targetOf(rights, { host: node.host, copy: range.copy }, 'backup');
    await backups.put(digest, await fetch(node, range, signal));
    return null;
  });
  nodes.answer('backup.finish', async (node, { copy }, signal) => {
    const { id, volumeId } = await targetOf(rights, { host: node.host, copy }, 'backup');
    const manifest = await readJson<BackupManifest>(await node.open('copy.manifest', { copy }, signal));
    await backups.putManifest(id, { ...manifest, volumeId });
    return null;
  });
}

function answerRestores(nodes: NodeQuestions, { rights, backups }: NodeAnswersDeps): void {
  const readable = async (host: string, id: string): Promise<BackupManifest> => {
    if (!(await rights.mayReadBackup(host, id))) throw notYours();
    return backups.getManifest(id);
  };
  nodes.answerStream('backup.manifest', async ({ host }, { id }) => ({
    head: null,
    stream: jsonOf(await readable(host, id)),
  }));
  nodes.answerStream('backup.open', async ({ host }, { id, from }) => {
    const { pieces } = await readable(host, id);
    return { head: null, stream: piecesOf(backups, pieces.slice(from)) };
  });
}

function answerUploads(nodes: NodeQuestions, { rights, images, clock, log }: NodeAnswersDeps): void {
  const context = (signal: AbortSignal) => systemCtx(newRequestId(), { clock, log, signal });
  const isFinished = async (ctx: Ctx, id: string) => (await images.get(ctx, id)).status === 'active';
  nodes.answer('image.append', async (node, range, signal) => {
    const { id } = await targetOf(rights, { host: node.host, copy: range.copy }, 'image');
    const ctx = context(signal);
    if (range.offset === 0) {
      if (await isFinished(ctx, id)) return { offset: range.bytes }; // the node has lost our last answer
      await images.discard(ctx, id); // what came before is of another moment
    }
    return images.append(ctx, id, range.offset, await fetch(node, range, signal));
  });
  nodes.answer('image.finish', async (node, { copy, size }, signal) => {
    const { id } = await targetOf(rights, { host: node.host, copy }, 'image');
    const ctx = context(signal);
    if (!(await isFinished(ctx, id))) await images.finish(ctx, id, size);
    return null;
  });
}

/** @throws CloudError `forbidden` for a copy that is not desired on this node, or of another kind. */
async function targetOf<K extends CopySpec['to']['kind']>(
  rights: NodeRights,
  { host, copy }: { readonly host: string; readonly copy: string },
  kind: K,
): Promise<Target<K>> {
  const spec = await rights.findCopy(host, copy);
  if (spec?.to.kind !== kind) throw notYours();
  return spec.to as Target<K>;
}

const notYours = () => forbidden('Control has not asked this node to copy that.');

async function fetch(node: AskingNode, range: CopyRange, signal: AbortSignal): Promise<Buffer> {
  if (range.bytes > LONGEST_RANGE) throw badRequest('These are too many bytes at once.');
  return readExactly(await node.open('copy.open', range, signal), range.bytes);
}

/** How many pieces are read before they are asked for: disk, processor and network work at the same time. */
const READ_AHEAD = 3;

async function* piecesOf(
  backups: Pick<BackupStore, 'get'>,
  digests: readonly (string | null)[],
): AsyncGenerator<Uint8Array> {
  const reading: Promise<Uint8Array>[] = [];
  for (const digest of digests) {
    if (digest === null) continue;
    const piece = backups.get(digest);
    piece.catch(() => {}); // whoever takes it hears of it, unless nobody does any more
    reading.push(piece);
    if (reading.length > READ_AHEAD) yield (await reading.shift()) as Uint8Array;
  }
  for (const piece of reading) yield await piece;
}

async function* jsonOf(value: unknown): AsyncGenerator<Uint8Array> {
  yield Buffer.from(JSON.stringify(value));
}
