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
  documentOf,
  type TarMember,
} from '#test/support/image-archives.ts';
import { readArchive } from './archive.ts';
import { DEFAULT_LIMITS } from './limits.ts';

const directory = await scratch();
afterAll(() => directory[Symbol.asyncDispose]());

const image = await layeredImage();
const read = async (members: readonly TarMember[], outer = (tar: Uint8Array) => tar) =>
  readArchive(await directory.write(outer(await tarOf(members))), DEFAULT_LIMITS);

describe('an image is found in', () => {
  const forms: [string, readonly TarMember[]][] = [
    ['an archive of docker save before 25', dockerOld(image)],
    ['an archive of docker save from 25 on', dockerNew(image)],
    ['an OCI layout', oci(image)],
    ['an OCI layout with gzip layers', oci(image, { compress: gzip })],
    ['an OCI layout with zstd layers', oci(image, { compress: zstd })],
    ['an index within the index, by platform', oci(image, { nested: true })],
  ];

  test.each(forms)('%s', async (_, members) => {
    const archive = await read(members);
    expect(archive.id).toBe(`sha256:${sha256(documentOf(image))}`);
    expect(archive.tags).toEqual(['test:latest']);
    expect(archive.config).toMatchObject({ cmd: ['/bin/tool'], env: { A: 'b=c' } });
    expect(archive.layers.map(({ diffId }) => diffId)).toEqual(
      image.layers.map((layer) => `sha256:${sha256(layer)}`),
    );
  });

  test.each([
    ['gzip', gzip],
    ['zstd', zstd],
  ])('an archive compressed with %s', async (_, compress) => {
    expect((await read(dockerOld(image), compress)).layers).toHaveLength(2);
  });
});

test('a layer that docker saved as a link is the one it leads to', async () => {
  const [first, second] = image.layers as [Uint8Array, Uint8Array];
  const archive = await read(dockerOld({ ...image, layers: [first, second, first] }));
  expect(archive.layers[2]?.path).toBe(archive.layers[0]?.path);
  expect((await Array.fromAsync(archive.contents())).length).toBe(2);
});

describe('refused is an archive', () => {
  const good = dockerOld(image);
  const without = (name: string) => good.filter((member) => member.name !== name);
  const config = good.find(({ name }) => name.endsWith('.json')) as TarMember;
  const manifest = (document: unknown) => [
    ...without('manifest.json'),
    { name: 'manifest.json', content: JSON.stringify(document) },
  ];
  const entry = { Config: config.name, RepoTags: null, Layers: [] };

  test.each<[string, readonly TarMember[], RegExp]>([
    ['without a manifest', without('manifest.json'), /neither manifest.json .* nor index.json/],
    ['without the configuration it names', without(config.name), /"[0-9a-f]+\.json" is missing/],
    ['without files', [], /empty, or no tar file/],
    ['with a file twice', [...good, ...good.slice(-1)], /"manifest.json" is in it twice/],
    [
      'with an absolute name',
      [...good, { name: '/etc/passwd' }],
      /"\/etc\/passwd" in the archive is absolute/,
    ],
    ['with a name that climbs', [...good, { name: 'a/../../b' }], /"a\/..\/..\/b" in the archive climbs/],
    [
      'with a layer that is a link to the machine',
      [...good, { name: 'x/layer.tar', type: 'symlink', linkname: '/etc/shadow' }],
      /the link "x\/layer.tar" leads out of it to "\/etc\/shadow"/,
    ],
    [
      'with a link that climbs',
      [...good, { name: 'x/layer.tar', type: 'symlink', linkname: '../../etc/shadow' }],
      /leads out of it/,
    ],
    [
      'with a device',
      [...good, { name: 'sda', type: 'block-device' }],
      /"sda" in the archive is a block-device/,
    ],
    [
      'with a configuration that is not what its name says',
      [...without(config.name), { name: config.name, content: '{}' }],
      /does not match its digest/,
    ],
    [
      'with a manifest that is no JSON',
      [...without('manifest.json'), { name: 'manifest.json', content: '[{' }],
      /no valid JSON/,
    ],
    ['with a manifest of another shape', manifest({ a: 1 }), /not that of docker save/],
    ['with no image', manifest([]), /holds 0 images/],
    ['with two images', manifest([entry, entry]), /holds 2 images; save exactly one/],
    ['with fewer layers than it should have', manifest([entry]), /lists 0 layers, its configuration 2/],
    [
      'whose configuration has no digest',
      manifest([{ ...entry, Config: 'manifest.json' }]),
      /not named by its digest/,
    ],
    [
      'for another machine',
      dockerOld({ ...image, document: { architecture: 'vax' } }),
      /is for vax; this machine is/,
    ],
    ['for another system', dockerOld({ ...image, document: { os: 'windows' } }), /is for windows/],
    [
      'whose layers are one file with two digests',
      dockerOld({
        layers: [Buffer.of(1), Buffer.of(1)],
        document: { rootfs: { diff_ids: [digest('a'), digest('b')] } },
      }),
      /one file with two digests/,
    ],
  ])('%s', async (_, members, message) => {
    await expect(read(members)).rejects.toMatchObject({
      kind: 'bad-request',
      message: expect.stringMatching(message),
    });
  });

  test('whose index offers no image for this machine', async () => {
    const index = JSON.stringify({
      manifests: [{ digest: digest('a'), size: 1, platform: { os: 'linux', architecture: 'vax' } }],
    });
    await expect(read([{ name: 'index.json', content: index }])).rejects.toThrow(/no image for linux on/);
  });

  test('whose blob has another size than its manifest says', async () => {
    const members = oci(image).map((member) =>
      member.name === 'index.json'
        ? { ...member, content: String(member.content).replace(/"size":\d+/, '"size":1') }
        : member,
    );
    await expect(read(members)).rejects.toThrow(/does not have the size/);
  });

  test('whose indexes go too deep', async () => {
    const members: TarMember[] = [];
    let index = JSON.stringify({ manifests: [] });
    for (let depth = 0; depth < 6; depth++) {
      members.push({ name: `blobs/sha256/${sha256(index)}`, content: index });
      const entry = { mediaType: 'index', digest: `sha256:${sha256(index)}`, size: index.length };
      index = JSON.stringify({ manifests: [entry] });
    }
    await expect(read([...members, { name: 'index.json', content: index }])).rejects.toThrow(
      /nested too deeply/,
    );
  });

  test('whose manifest is too large for a manifest', async () => {
    const members = manifest([{ ...entry, RepoTags: ['x'.repeat(DEFAULT_LIMITS.documentBytes)] }]);
    await expect(read(members)).rejects.toThrow(/"manifest.json" is no JSON document, or too large/);
  });

  test('with too many files, or too many layers', async () => {
    const file = await directory.write(await tarOf(good));
    await expect(readArchive(file, { ...DEFAULT_LIMITS, archiveEntries: 3 })).rejects.toThrow(
      /more than 3 files/,
    );
    await expect(readArchive(file, { ...DEFAULT_LIMITS, layers: 1 })).rejects.toThrow(
      /2 layers; 1 are allowed/,
    );
  });
});

function digest(letter: string): string {
  return `sha256:${letter.repeat(64)}`;
}
