import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import type { Frame } from './frames.ts';
import { joined } from './logs.ts';

const out = (text: string): Frame => ({ stream: 'stdout', bytes: Buffer.from(text) });
const err = (text: string): Frame => ({ stream: 'stderr', bytes: Buffer.from(text) });

it('joins the parts of a long line, each stream for itself, under the time of the first', async () => {
  const parts = [out('T1 a'), err('T2 oops\n'), out('T3 b c'), out('T4  d\n'), out('T5 \n')];
  expect(await Array.fromAsync(joined(Readable.from(parts)))).toEqual([
    { time: 'T2', stream: 'stderr', text: 'oops' },
    { time: 'T1', stream: 'stdout', text: 'ab c d' },
    { time: 'T5', stream: 'stdout', text: '' },
  ]);
});

it('joins a character that a part has cut in two', async () => {
  const [a, b] = [Buffer.from('ü\n').subarray(0, 1), Buffer.from('ü\n').subarray(1)];
  const parts: Frame[] = [a, b].map((bytes) => ({
    stream: 'stdout',
    bytes: Buffer.concat([Buffer.from('T '), bytes]),
  }));
  expect((await Array.fromAsync(joined(Readable.from(parts)))).map(({ text }) => text)).toEqual(['ü']);
});
