import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { bytesOf, frames } from './frames.ts';

const frame = (stream: number, text: string): Buffer => {
  const header = Buffer.alloc(8);
  header[0] = stream;
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([header, Buffer.from(text)]);
};
const wire = Buffer.concat([frame(1, 'one\n'), frame(2, 'zwö\n'), frame(1, ''), frame(1, 'three')]);
const cutBy = (size: number): Buffer[] =>
  Array.from({ length: Math.ceil(wire.length / size) }, (_, index) =>
    wire.subarray(index * size, (index + 1) * size),
  );

it.each([1, 3, 7, 9, 1000])('takes a stream apart that comes in pieces of %i bytes', async (size) => {
  const found = await Array.fromAsync(frames(Readable.from(cutBy(size))));
  expect(found.map(({ stream, bytes }) => [stream, bytes.toString()])).toEqual([
    ['stdout', 'one\n'],
    ['stderr', 'zwö\n'],
    ['stdout', ''],
    ['stdout', 'three'],
  ]);
});

it('leaves what comes from a terminal as it is', async () => {
  const found = await Array.fromAsync(bytesOf(Readable.from([wire]), true));
  expect(Buffer.concat(found)).toEqual(wire);
});
