import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import {
  beginOf,
  GAUGES,
  merged,
  RINGS,
  TOTALS,
  type Gauge,
  type Slot,
  type Spread,
} from '#measures/slot.ts';

/** Of the layout below: another one begins anew. */
const MAGIC = 'HYDRIAM1';
const HEADER_BYTES = 16;
const SPREAD = ['sum', 'min', 'max', 'last'] as const;
const SLOT_BYTES = 8 + 8 * TOTALS.length + 4 * SPREAD.length * GAUGES.length;

/**
 * What is known of one workload: three rings of slots in a file of a fixed size, which the disk holds as far as it is filled. A slot has its
 * place by its time, and says its time: one that says another is of an earlier round, or was cut off, and is not there.
 */
export class RingFile {
  readonly #file: FileHandle;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  static async open(path: string): Promise<RingFile> {
    const file = await open(path, constants.O_RDWR | constants.O_CREAT, 0o600);
    const { buffer } = await file.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0);
    if (buffer.toString('latin1', 0, MAGIC.length) !== MAGIC) {
      await file.truncate(0);
      await file.truncate(placeOf(RINGS.length, 0));
      await file.write(Buffer.from(MAGIC, 'latin1'), 0, MAGIC.length, 0);
    }
    return new RingFile(file);
  }

  /** Adds what one look has told to the span of each ring that it falls into. */
  async add(look: Slot): Promise<void> {
    await Promise.all(
      RINGS.map(async ({ seconds }, ring) => {
        const at = beginOf(look.at, seconds);
        const place = placeOf(ring, at);
        const { buffer } = await this.#file.read(Buffer.alloc(SLOT_BYTES), 0, SLOT_BYTES, place);
        const before = decode(buffer);
        const slot = before?.at === at ? merged(before, look, at) : { ...look, at };
        await this.#file.write(encode(slot), 0, SLOT_BYTES, place);
      }),
    );
  }

  /** Of the ring of that fineness, the oldest first; `from` and `until` in seconds since 1970, both included. */
  async read(span: {
    readonly seconds: number;
    readonly from: number;
    readonly until: number;
  }): Promise<Slot[]> {
    const ring = RINGS.findIndex(({ seconds }) => seconds === span.seconds);
    const begin = placeOf(ring, 0);
    const { buffer } = await this.#file.read({
      buffer: Buffer.alloc(placeOf(ring + 1, 0) - begin),
      position: begin,
    });
    const found: Slot[] = [];
    for (let at = 0; at < buffer.length; at += SLOT_BYTES) {
      const slot = decode(buffer.subarray(at, at + SLOT_BYTES));
      if (slot && slot.at >= span.from && slot.at <= span.until) found.push(slot);
    }
    return found.toSorted((a, b) => a.at - b.at);
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

/** Where in the file a ring has the span that begins then. */
function placeOf(ring: number, at: number): number {
  const before = RINGS.slice(0, ring).reduce((sum, { slots }) => sum + slots, 0);
  const { seconds, slots } = RINGS[ring] ?? { seconds: 1, slots: 1 };
  return HEADER_BYTES + (before + ((at / seconds) % slots)) * SLOT_BYTES;
}

function encode({ at, count, totals, gauges }: Slot): Buffer {
  const bytes = Buffer.alloc(SLOT_BYTES);
  bytes.writeUInt32LE(at, 0);
  bytes.writeUInt32LE(count, 4);
  TOTALS.forEach((total, index) => bytes.writeDoubleLE(totals[total], 8 + 8 * index));
  GAUGES.forEach((gauge, index) =>
    SPREAD.forEach((figure, place) => bytes.writeFloatLE(gauges[gauge][figure], gaugeAt(index) + 4 * place)),
  );
  return bytes;
}

function decode(bytes: Buffer): Slot | undefined {
  const count = bytes.readUInt32LE(4);
  if (count === 0) return undefined;
  const totals = TOTALS.map((total, index) => [total, bytes.readDoubleLE(8 + 8 * index)]);
  const spread = (index: number) =>
    SPREAD.map((figure, place) => [figure, bytes.readFloatLE(gaugeAt(index) + 4 * place)]);
  const gauges = GAUGES.map((gauge, index) => [gauge, Object.fromEntries(spread(index)) as Spread]);
  return {
    at: bytes.readUInt32LE(0),
    count,
    totals: Object.fromEntries(totals) as Slot['totals'],
    gauges: Object.fromEntries(gauges) as Record<Gauge, Spread>,
  };
}

const gaugeAt = (index: number): number => 8 + 8 * TOTALS.length + 4 * SPREAD.length * index;
