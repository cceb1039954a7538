import * as fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import {
  dockerNew,
  dockerOld,
  gzip,
  layeredImage,
  oci,
  scratch,
  sha256,
  tarOf,
  zstd,
  type TarMember,
} from '#test/support/image-archives.ts';
import { often } from '#test/support/often.ts';
import type { CloudError } from '#kernel/errors.ts';
import { DEFAULT_LIMITS, type ArchiveLimits } from './limits.ts';
import { verifyArchive, verifyBeside } from './verify.ts';

const directory = await scratch();
afterAll(() => directory[Symbol.asyncDispose]());

const verify = async (archive: Uint8Array, limits?: ArchiveLimits) =>
  verifyArchive(await directory.write(archive), limits);
const verifyLayer = async (members: readonly TarMember[], limits?: ArchiveLimits) =>
  verify(await tarOf(dockerNew({ layers: [await tarOf(members)] })), limits);

const image = await layeredImage();

test.each([
  ['docker save before 25', dockerOld(image)],
  ['docker save from 25 on', dockerNew(image)],
  ['OCI with gzip', oci(image, { compress: gzip })],
  ['OCI with zstd', oci(image, { compress: zstd })],
])('a sound image passes with its figures: %s', async (_, members) => {
  const summary = await verify(gzip(await tarOf(members)));
  expect(summary.entries).toBe(36); // of them 20 directories of the long name
  expect(summary.unpackedBytes).toBe(image.layers.reduce((sum, layer) => sum + layer.length, 0));
  expect(summary.layers.map(({ diffId }) => diffId)).toEqual(
    image.layers.map((layer) => `sha256:${sha256(layer)}`),
  );
});

describe('a layer is refused that holds', () => {
  test.each<[string, readonly TarMember[], RegExp]>([
    ['a name that climbs', [{ name: '../etc/passwd' }], /"..\/etc\/passwd" in layer 1 of 1 climbs/],
    ['an absolute name', [{ name: '/etc/passwd' }], /absolute/],
    [
      'a file behind a symbolic link of its own',
      [
        { name: 'out', type: 'symlink', linkname: '/' },
        { name: 'out/etc/passwd', content: 'x' },
      ],
      /"out\/etc\/passwd" in layer 1 of 1 goes through "out", which is a symlink/,
    ],
    [
      'a hard link that climbs',
      [{ name: 'a', type: 'link', linkname: '../../etc/shadow' }],
      /hard link "a".* climbs/,
    ],
    ['a hard link to an absolute path', [{ name: 'a', type: 'link', linkname: '/etc/shadow' }], /absolute/],
    ['a hard link to nothing', [{ name: 'a', type: 'link', linkname: 'b' }], /no file of this layer/],
    [
      'a character device',
      [{ name: 'dev/mem', type: 'character-device' }],
      /"dev\/mem" in layer 1 of 1 is a character-device/,
    ],
    ['a block device', [{ name: 'sda', type: 'block-device' }], /block-device/],
    ['a fifo', [{ name: 'pipe', type: 'fifo' }], /fifo/],
    ['a file twice', [{ name: 'a' }, { name: './a' }], /"a" in layer 1 of 1 comes twice/],
    ['a directory that was a file', [{ name: 'a' }, { name: 'a/', type: 'directory' }], /comes twice/],
    ['a name that is too long', [{ name: 'a/'.repeat(1025) }], /longer than 2048 bytes/],
    ['a part that is too long', [{ name: 'a'.repeat(256) }], /part longer than 255 bytes/],
    [
      'a zero byte in a name',
      [{ name: 'x', pax: { path: 'a\0b' } }],
      /"a\\u0000b" in layer 1 of 1 holds a zero byte/,
    ],
    ['a whiteout of its parent', [{ name: 'a/.wh...' }], /whiteout of no name/],
    ['a whiteout of all that is below', [{ name: '.wh..wh..opq' }], /hides all layers/],
    ['a sparse file', [{ name: 'x', pax: { 'GNU.sparse.major': '1' } }], /sparse/],
    ['a root that is no directory', [{ name: '.', type: 'symlink', linkname: '/' }], /is the root/],
  ])('%s', async (_, members, message) => {
    await expect(verifyLayer(members)).rejects.toMatchObject({
      kind: 'bad-request',
      message: expect.stringMatching(message),
    });
  });

  test('more files than allowed, the directories counted that names imply', async () => {
    const limits = { ...DEFAULT_LIMITS, entries: 100 };
    const many = Array.from({ length: 101 }, (_, at) => ({ name: `file-${at}` }));
    await expect(verifyLayer(many, limits)).rejects.toThrow(/more than 100 files/);
    await expect(verifyLayer([{ name: 'a/'.repeat(101) }], limits)).rejects.toThrow(/more than 100 files/);
  });

  test('names that take too much memory', async () => {
    const limits = { ...DEFAULT_LIMITS, namesBytes: 1000 };
    await expect(verifyLayer([{ name: 'a/'.repeat(100) }], limits)).rejects.toThrow(
      /names .* more than 1000 bytes/,
    );
  });

  test('more bytes than allowed in all layers together', async () => {
    const limits = { ...DEFAULT_LIMITS, unpackedBytes: 64 * 1024 };
    const layers = await Promise.all(
      ['a', 'b'].map((name) => tarOf([{ name, content: Buffer.alloc(40_000) }])),
    );
    const archive = await tarOf(oci({ layers }, { compress: gzip }));
    await expect(verify(archive, limits)).rejects.toThrow(/larger than 65536 bytes/);
  });

  test('ten gigabytes of zeros, long before they are unpacked', async () => {
    const header = (await tarOf([{ name: 'zeros' }])).subarray(0, 512);
    const zeros = gzip(Buffer.alloc(64 * 2 ** 20));
    const bomb = Buffer.concat([gzip(header), ...Array.from({ length: 160 }, () => zeros)]);
    const archive = await tarOf(oci({ layers: [bomb] }));
    await expect(verify(archive)).rejects.toThrow(/layer 1 of 1 grows more than 200 times/);
  });
});

describe('a damaged archive is refused', () => {
  test('whose layer is not the one that the configuration means', async () => {
    const diffIds = image.layers.map((layer) => `sha256:${sha256(layer)}`).toReversed();
    const members = dockerOld({ ...image, document: { rootfs: { diff_ids: diffIds } } });
    await expect(verify(await tarOf(members))).rejects.toThrow(
      /layer \d of 2 does not match its digest sha256:/,
    );
  });

  test.each([
    ['that is empty', Buffer.alloc(0), /empty, or no tar file/],
    ['of zeros', Buffer.alloc(10_240), /empty, or no tar file/],
    ['that is text', Buffer.from('hello '.repeat(1000)), /the archive is damaged/],
    ['that is shorter than a header', Buffer.from('hello'), /the archive is damaged/],
    ['of gzip and nothing else', gzip(Buffer.from('hello'.repeat(1000))), /the archive is damaged/],
    ['of broken gzip', Buffer.from([0x1f, 0x8b, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9]), /the archive is damaged/],
    ['of broken zstd', Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 1, 2, 3, 4, 5, 6]), /the archive is damaged/],
  ])('%s', async (_, bytes, message) => {
    await expect(verify(bytes)).rejects.toMatchObject({
      kind: 'bad-request',
      message: expect.stringMatching(message),
    });
  });

  test.each([
    ['plain', (tar: Uint8Array) => tar],
    ['gzip', gzip],
    ['zstd', zstd],
  ])('wherever it was cut off: %s', async (_, compress) => {
    const archive = compress(await tarOf(dockerNew(image)));
    const end = archive.length - (compress === gzip || compress === zstd ? 1 : 1025);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: end }), async (length) => {
        await expect(verify(archive.subarray(0, length))).rejects.toMatchObject({ kind: 'bad-request' });
      }),
      { numRuns: often(60) },
    );
  });

  test('where it was cut off between two members, though what is left is a whole image', async () => {
    const members = dockerNew(image);
    const archive = await tarOf(members.slice(0, -1));
    await expect(verify(archive)).resolves.toMatchObject({ entries: 36 });
    const cut = verify(archive.subarray(0, -1_024));
    await expect(cut).rejects.toThrow(/the archive is damaged \(it has no end\)/);
  });

  test('whichever bit is flipped, or else it is still the same image', async () => {
    const archive = await tarOf(oci(image, { compress: gzip }));
    const sound = await verify(archive);
    await fc.assert(
      fc.asyncProperty(fc.nat(archive.length - 1), fc.nat(7), async (at, bit) => {
        const flipped = Buffer.from(archive);
        flipped.writeUInt8((flipped[at] ?? 0) ^ (1 << bit), at);
        const outcome = await verify(flipped).catch((error: unknown) => error);
        expect(outcome).toSatisfy(
          (it: { kind?: string; id?: string }) => it.kind === 'bad-request' || it.id === sound.id,
        );
      }),
      { numRuns: often(200) },
    );
  });
});

test('a check that is aborted ends with the reason', async () => {
  const file = await directory.write(await tarOf(dockerNew(image)));
  await expect(verifyArchive(file, DEFAULT_LIMITS, AbortSignal.abort())).rejects.toMatchObject({
    name: 'AbortError',
  });
});

describe('in a thread of its own', () => {
  test('an archive passes with the same figures', async () => {
    const file = await directory.write(await tarOf(oci(image, { compress: gzip })));
    expect(await verifyBeside(file)).toEqual(await verifyArchive(file));
  });

  test('a refusal names the same fault, and stays a refusal', async () => {
    const file = await directory.write(Buffer.from('nothing'));
    const failure = await verifyArchive(file).catch((thrown: unknown) => thrown as CloudError);
    await expect(verifyBeside(file)).rejects.toMatchObject({
      name: 'CloudError',
      kind: 'bad-request',
      code: 'bad-image',
      message: (failure as CloudError).message,
    });
  });

  test('it ends when nobody wants it any more', async () => {
    const file = await directory.write(await tarOf(dockerNew(image)));
    const controller = new AbortController();
    const verifying = verifyBeside(file, { signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(verifying).rejects.toThrow('enough');
  });

  test("the machine's own errors stay what they are", async () => {
    await expect(verifyBeside('/nowhere/image.tar')).rejects.toThrow(/ENOENT/);
  });
});
