import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { OpenVolume, VolumeDriver } from '#drivers/volume/driver.ts';
import { conflict } from '#kernel/errors.ts';
import type { CopySpec, VolumeReport } from '../protocol.ts';
import type { FillDeps } from './fill.ts';
import type { Outbox } from './outbox.ts';
import { progress } from './percent.ts';
import { sendBackup } from './send-backup.ts';
import { withStillSource } from './still.ts';

export interface SendDeps extends FillDeps {
  readonly outbox: Outbox;
}

export interface Sending {
  /** Of the copy. */
  readonly id: string;
  readonly spec: CopySpec;
  readonly driver: VolumeDriver;
  readonly signal: AbortSignal;
  readonly note: (text: string) => void;
}

type Copied = NonNullable<VolumeReport['copied']>;
type Target<K extends CopySpec['to']['kind']> = Extract<CopySpec['to'], { kind: K }>;

const RANGE_BYTES = 8 << 20;

/** Copies a volume or snapshot away from the node. May be begun anew at any time. */
export async function sendCopy(deps: SendDeps, sending: Sending): Promise<Copied> {
  const { id, spec, driver } = sending;
  const isAttached = 'volume' in spec.from && deps.isAttached(spec.from.volume);
  return withStillSource(driver, { ref: spec.from, isAttached, reader: id }, async (ref) => {
    const source = await driver.open(ref);
    try {
      return spec.to.kind === 'backup'
        ? await toBackup(deps, { ...sending, source }, spec.to)
        : await toImage(deps, { ...sending, source }, spec.to);
    } finally {
      await source.close();
    }
  });
}

interface OpenSending extends Sending {
  readonly source: OpenVolume;
}

async function toBackup(deps: SendDeps, sending: OpenSending, to: Target<'backup'>): Promise<Copied> {
  const { id, source } = sending;
  const outgoing = { path: source.path };
  const job = { ...sending, ...to, copy: id, source: outgoing, bytes: source.bytes };
  const sent = await deps.outbox.offer(id, outgoing, () => sendBackup(deps.control, job));
  return { bytes: source.bytes, ...sent };
}

async function toImage(deps: SendDeps, sending: OpenSending, to: Target<'image'>): Promise<Copied> {
  const { id, source } = sending;
  if (to.format === 'raw') return upload(deps, sending, { path: source.path, bytes: source.bytes });
  const { scratch, convert } = deps.images;
  const path = join(scratch, `${id}.${to.format}`);
  try {
    await mkdir(scratch, { recursive: true, mode: 0o700 });
    await rm(path, { force: true });
    const onProgress = progress('converting', 100, sending.note);
    const { signal } = sending;
    await convert({ path: source.path, format: 'raw' }, { path, format: to.format }, { signal, onProgress });
    return await upload(deps, sending, { path, bytes: (await stat(path)).size });
  } finally {
    await rm(path, { force: true });
  }
}

/** In order, a range at a time: control's disk sets the pace. */
function upload(
  { control, outbox }: SendDeps,
  { id, source, signal, note }: OpenSending,
  file: { readonly path: string; readonly bytes: number },
): Promise<Copied> {
  const tell = progress('uploading', file.bytes, note);
  return outbox.offer(id, file, async () => {
    let pieces = 0;
    for (let offset = 0; offset < file.bytes; pieces++) {
      const bytes = Math.min(RANGE_BYTES, file.bytes - offset);
      const has = await control.request('image.append', { copy: id, offset, bytes }, signal);
      if (has.offset !== offset + bytes) throw conflict('Control has other bytes of the image.');
      tell((offset = has.offset));
    }
    await control.request('image.finish', { copy: id, size: file.bytes }, signal);
    return { bytes: source.bytes, sentBytes: file.bytes, pieces };
  });
}
