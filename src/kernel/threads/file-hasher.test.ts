import { createHash, randomBytes } from 'node:crypto';
import { appendFile, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { newUuid } from '../ids.ts';
import { FileHasher } from './file-hasher.ts';

const MIB = 1 << 20;
const ALL = ['md5', 'sha512'] as const;
const hasher = new FileHasher();
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hydria-hash-'));
});
afterAll(() => rm(directory, { recursive: true }));

const digestsOf = (bytes: Buffer) =>
  Object.fromEntries(ALL.map((name) => [name, createHash(name).update(bytes).digest('hex')]));

async function aFile(bytes: Buffer): Promise<string> {
  const path = join(directory, newUuid());
  await writeFile(path, bytes);
  return path;
}

it.each([0, 1, MIB, MIB + 1, 5 * MIB + 17])(
  'a file of %i bytes has the digests of its bytes',
  async (size) => {
    const bytes = randomBytes(size);
    expect(await hasher.hash(await aFile(bytes), { size, algorithms: ALL })).toEqual(digestsOf(bytes));
  },
);

it('a file is hashed while it grows', async () => {
  const pieces = Array.from({ length: 5 }, () => randomBytes(MIB + 5));
  const path = await aFile(Buffer.alloc(0));
  using file = hasher.follow(path, ALL);
  let size = 0;
  for (const piece of pieces) {
    await appendFile(path, piece);
    file.grown((size += piece.length));
  }
  expect(await file.digests(size)).toEqual(digestsOf(Buffer.concat(pieces)));
});

it('many files share the threads, and each gets its own digests', async () => {
  const all = Array.from({ length: 8 }, (_, at) => randomBytes((at % 3) * MIB + at));
  const found = await Promise.all(
    all.map(async (bytes) => hasher.hash(await aFile(bytes), { size: bytes.length, algorithms: ALL })),
  );
  expect(found).toEqual(all.map(digestsOf));
});

it('a file that is not there, or ends early, fails alone', async () => {
  const bytes = randomBytes(3 * MIB);
  const short = await aFile(bytes);
  const whole = await aFile(bytes);
  await truncate(short, MIB);
  const size = bytes.length;
  const [nothing, cut, good] = await Promise.allSettled([
    hasher.hash(join(directory, 'nothing'), { size, algorithms: ALL }),
    hasher.hash(short, { size, algorithms: ALL }),
    hasher.hash(whole, { size, algorithms: ALL }),
  ]);
  expect(nothing).toMatchObject({ status: 'rejected', reason: { message: expect.stringMatching(/ENOENT/) } });
  expect(cut).toMatchObject({
    status: 'rejected',
    reason: { message: `A file ended after ${MIB} of ${size} bytes.` },
  });
  expect(good).toMatchObject({ status: 'fulfilled', value: digestsOf(bytes) });
});

it('a signal ends the hashing at once', async () => {
  const path = await aFile(Buffer.alloc(64 * MIB));
  const controller = new AbortController();
  const hashing = hasher.hash(path, { size: 64 * MIB, algorithms: ALL, signal: controller.signal });
  controller.abort(new Error('enough'));
  await expect(hashing).rejects.toThrow('enough');
  await expect(hasher.hash(path, { size: 1, algorithms: ALL, signal: controller.signal })).rejects.toThrow(
    'enough',
  );
});
