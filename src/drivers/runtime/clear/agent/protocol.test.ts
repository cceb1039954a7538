import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeFrame, encodeOrder, FrameReader, FrameType, MAX_PAYLOAD, type Frame } from './frames.ts';
import { decodeRecords, encodeRecords } from './records.ts';

const bytes = fc.uint8Array({ maxLength: 300 });

describe('frames', () => {
  it('are read as they were written, wherever the stream is cut', () => {
    const frames = fc.array(fc.tuple(fc.constantFrom(...Object.values(FrameType)), bytes), { maxLength: 20 });
    fc.assert(
      fc.property(frames, fc.array(fc.nat(5000)), (written, cuts) => {
        const stream = Buffer.concat(written.map(([type, payload]) => encodeFrame(type, payload)));
        const places = [
          ...new Set([0, ...cuts.map((cut) => cut % (stream.length + 1)), stream.length]),
        ].toSorted((a, b) => a - b);
        const reader = new FrameReader();
        const read: Frame[] = [];
        for (const [index, place] of places.slice(1).entries())
          for (const { type, payload } of reader.read(stream.subarray(places[index], place)))
            read.push({ type, payload: Buffer.from(payload) });
        expect(read).toEqual(written.map(([type, payload]) => ({ type, payload: Buffer.from(payload) })));
      }),
    );
  });

  it('are refused when they are none, or too long', () => {
    const garbage = Buffer.from('this is no frame of the protocol');
    const long = encodeFrame(FrameType.Output);
    long.writeUInt32LE(MAX_PAYLOAD + 1, 0);
    for (const stream of [garbage, long])
      expect(() => [...new FrameReader().read(stream)]).toThrow(RangeError);
  });

  it('carry an order of any length in parts', () => {
    const order = Buffer.alloc(2 * MAX_PAYLOAD + 1, 7);
    const stream = Buffer.concat([...encodeOrder(FrameType.Exec, order)]);
    const read = [...new FrameReader().read(stream)];
    expect(read.map(({ type, payload }) => [type, payload.length])).toEqual([
      [FrameType.Order, MAX_PAYLOAD],
      [FrameType.Order, MAX_PAYLOAD],
      [FrameType.Exec, 1],
    ]);
  });
});

describe('records', () => {
  it('hold any bytes, under names that may come more than once', () => {
    const name = fc.stringMatching(/^[a-z-]{1,12}$/);
    fc.assert(
      fc.property(fc.array(fc.tuple(name, bytes)), (records) => {
        const decoded = decodeRecords(encodeRecords(records));
        expect(decoded).toEqual(records.map(([key, value]) => [key, Buffer.from(value)]));
      }),
    );
  });

  it.each([
    ['cut', Buffer.from([9, 0, 0, 0, 97, 61])],
    ['without a name', Buffer.from([1, 0, 0, 0, 97])],
  ])('are refused when they are %s', (_, damaged) =>
    expect(() => decodeRecords(damaged)).toThrow(RangeError),
  );
});
