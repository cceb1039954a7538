import { createGzip } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { gzip, zstd } from '#test/support/image-archives.ts';
import { decompressed, type Bytes } from './compression.ts';
import { DEFAULT_LIMITS } from './limits.ts';

const text = Buffer.from('some text '.repeat(1000));

async function* inChunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const all = async (source: Bytes, limits = DEFAULT_LIMITS): Promise<Buffer> =>
  Buffer.concat(await Array.fromAsync(decompressed(source, limits, 'the file')));

describe('the first bytes tell the format, however they come:', () => {
  test.each([
    ['plain', text],
    ['gzip', gzip(text)],
    ['gzip in several members', Buffer.concat([gzip(text.subarray(0, 500)), gzip(text.subarray(500))])],
    ['zstd', zstd(text)],
  ])('%s', async (_, bytes) => {
    for (const size of [1, 7, bytes.length]) expect(await all(inChunks(bytes, size))).toEqual(text);
  });

  test('a source shorter than any format', async () => {
    expect(await all(inChunks(Buffer.from('ab'), 1))).toEqual(Buffer.from('ab'));
    expect(await all(inChunks(Buffer.alloc(0), 1))).toEqual(Buffer.alloc(0));
  });
});

test('bytes after the end of gzip data are no part of it', async () => {
  const padded = Buffer.concat([gzip(text), Buffer.alloc(100_000)]);
  expect(await all(inChunks(padded, 1000))).toEqual(text);
});

test.each([
  ['gzip', gzip(text)],
  ['zstd', zstd(text)],
])('damaged %s data is refused by name', async (_, bytes) => {
  const cut = all(inChunks(bytes.subarray(0, bytes.length - 5), 10));
  await expect(cut).rejects.toMatchObject({
    kind: 'bad-request',
    message: expect.stringContaining('the file is damaged'),
  });
});

test('more than the limit is refused, compressed or not', async () => {
  const limits = { ...DEFAULT_LIMITS, unpackedBytes: text.length - 1 };
  await expect(all(inChunks(text, 100), limits)).rejects.toThrow(/larger than 9999 bytes/);
  await expect(all(inChunks(gzip(text), 100), limits)).rejects.toThrow(/larger than 9999 bytes/);
});

test('an endless bomb is refused after little has come out', async () => {
  const limits = { ...DEFAULT_LIMITS, ratioFreeBytes: 2 ** 20 };
  const bomb = createGzip();
  const feed = () => void bomb.write(Buffer.alloc(2 ** 16), () => bomb.destroyed || feed());
  const closed = new Promise((resolve) => bomb.once('close', resolve));
  feed();
  await expect(all(bomb, limits)).rejects.toThrow(/grows more than 200 times/);
  await closed;
  expect(bomb.destroyed).toBe(true);
});

test('an error of the source is passed on as it is', async () => {
  async function* failing() {
    yield gzip(text).subarray(0, 20);
    throw new Error('disk on fire');
  }
  await expect(all(failing())).rejects.toThrow('disk on fire');
});
