import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exec, start } from '#kernel/exec.ts';
import type { ImageProgress, StoredImage } from '#oci/layer-store.ts';
import type { Login, RegistryOptions } from '#oci/registry/settings.ts';
import { gzip, layeredImage, oci, tarOf, zstd, type TestImage } from '#test/support/image-archives.ts';
import {
  digestOf,
  heavyImage,
  PullingMachine,
  SOMEONE,
  SOMEONES_LOGIN,
  startBadWire,
  startHostileRegistry,
  startRegistry,
  startSilentRegistry,
  type RegistryServer,
} from './registry-lab.ts';

let registry: RegistryServer;
let image: TestImage;

beforeAll(async () => {
  registry = await startRegistry();
  image = await layeredImage();
});
afterAll(() => registry[Symbol.asyncDispose]());

const plain = (address: string): RegistryOptions => ({ domain: address, insecure: true });

interface Pull {
  readonly login?: Login | null;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ImageProgress) => void;
}

/** As a node does: what it means now, then that state of it. */
async function pull(machine: PullingMachine, reference: string, options: Pull = {}): Promise<StoredImage> {
  const { login = null, ...caller } = options;
  const digest = await machine.puller.resolve({ reference, login });
  const source = machine.puller.source(reference, digest, async () => login);
  return machine.layers.ensureFrom(digest.replace(':', '-'), source, caller);
}

const contentOf = async (stored: StoredImage, path: string): Promise<string> =>
  readFile(join(stored.layers.at(-1) ?? '', path), 'utf8');

describe('an image of a registry', () => {
  it('is unpacked by its tag, layer by layer, and nothing else stays', async () => {
    await using machine = await PullingMachine.start(plain(registry.address));
    const digest = await registry.push('team/app:1', image);
    const stored = await pull(machine, `${registry.address}/team/app:1`);
    expect(stored.key).toBe(digest.replace(':', '-'));
    expect(stored.config).toMatchObject({ cmd: ['/bin/tool'], env: { A: 'b=c' } });
    expect(await contentOf(stored, 'data/new')).toBe('new');
    expect(stored.layers).toHaveLength(2);
    expect(await machine.leftovers()).toEqual([]);
  });

  it('is the same by its digest, whatever the tag means now', async () => {
    await using machine = await PullingMachine.start(plain(registry.address));
    const digest = await registry.push('team/moved:1', image);
    const other = { layers: [await tarOf([{ name: 'other', content: 'other' }])] };
    const later = await registry.push('team/moved:1', other);
    const byTag = await pull(machine, `${registry.address}/team/moved:1`);
    const byDigest = await pull(machine, `${registry.address}/team/moved@${digest}`);
    expect([byTag.key, byDigest.key]).toEqual([later, digest].map((text) => text.replace(':', '-')));
  });

  it.each([
    ['plain', { compress: (layer: Uint8Array) => layer }],
    ['gzip', { compress: gzip }],
    ['zstd', { compress: zstd }],
    ['one of several platforms', { nested: true }],
  ])('is unpacked when it is %s', async (name, options) => {
    await using machine = await PullingMachine.start(plain(registry.address));
    const tag = name.replaceAll(' ', '-');
    await registry.push(`team/forms:${tag}`, image, options);
    const stored = await pull(machine, `${registry.address}/team/forms:${tag}`);
    expect(await contentOf(stored, 'data/new')).toBe('new');
  });

  it('that is not there, or not under this digest, is not found', async () => {
    await using machine = await PullingMachine.start(plain(registry.address));
    await registry.push('team/app:1', image);
    for (const name of ['team/app:2', 'team/none:1', `team/app@sha256:${'0'.repeat(64)}`])
      await expect(pull(machine, `${registry.address}/${name}`)).rejects.toMatchObject({ kind: 'not-found' });
    expect(await machine.leftovers()).toEqual([]);
  });

  it('is fetched once for all who ask at the same time', async () => {
    const heavy = await heavyImage(3, 2 ** 20);
    await registry.push('team/shared:1', heavy);
    await using wire = await startBadWire(registry.address, { cuts: 0, after: 0 });
    await using machine = await PullingMachine.start(plain(wire.address));
    const all = await Promise.all([1, 2, 3].map(() => pull(machine, `${wire.address}/team/shared:1`)));
    expect(new Set(all.map(({ key }) => key)).size).toBe(1);
    expect(wire.bytes).toBeLessThan(2 * 3 * 2 ** 20);
  });
});

describe('a registry', () => {
  it('with a login opens to the right one alone', async () => {
    await using closed = await startRegistry({ login: SOMEONES_LOGIN });
    await closed.push('team/app:1', image);
    await using machine = await PullingMachine.start(plain(closed.address));
    const reference = `${closed.address}/team/app:1`;
    for (const wrong of [null, { ...SOMEONE, password: 'wrong' }])
      await expect(pull(machine, reference, { login: wrong })).rejects.toMatchObject({ kind: 'forbidden' });
    expect(await contentOf(await pull(machine, reference, { login: SOMEONE }), 'data/new')).toBe('new');
    expect(await machine.leftovers()).toEqual([]);
  });

  it('with certificates of its own is trusted where its authority is configured', async () => {
    await using tls = await privateAuthority();
    await using secure = await startRegistry({ tls });
    await secure.push('team/app:1', image);
    const reference = `${secure.address}/team/app:1`;
    await using knowing = await PullingMachine.start({ domain: secure.address, ca: tls.ca });
    expect((await pull(knowing, reference)).layers).toHaveLength(2);
    await using strange = await PullingMachine.start();
    await expect(pull(strange, reference)).rejects.toMatchObject({ kind: 'bad-request' });
  });

  it('that is away is stood in for by its mirror; without one it may come back', async () => {
    await registry.push('team/app:1', image);
    const mirrors = ['127.0.0.1:1', registry.address];
    await using machine = await PullingMachine.start({ domain: 'away.test:1', insecure: true, mirrors });
    expect((await pull(machine, 'away.test:1/team/app:1')).layers).toHaveLength(2);
    await using lonely = await PullingMachine.start(plain('127.0.0.1:1'));
    await expect(pull(lonely, '127.0.0.1:1/app:1')).rejects.toMatchObject({ kind: 'unavailable' });
  });
});

describe('a hostile registry', () => {
  const manifestType = 'application/vnd.oci.image.manifest.v1+json';

  /** Serves one image, some of whose blobs are not what they should be. */
  async function serve(members: { manifest: Buffer; blobs: ReadonlyMap<string, Buffer> }) {
    return startHostileRegistry((request, response) => {
      const [, what = '', name = ''] = /\/(manifests|blobs)\/(.+)$/.exec(request.url ?? '') ?? [];
      const body = what === 'manifests' ? members.manifest : members.blobs.get(name);
      if (what !== '' && !body) return response.writeHead(404).end();
      const type = what === 'manifests' ? manifestType : 'application/octet-stream';
      return response.writeHead(200, { 'content-type': type }).end(body);
    });
  }

  async function parts(spoil: (blobs: Map<string, Buffer>, layer: string) => void) {
    const members = oci({ layers: [await tarOf([{ name: 'file', content: 'good' }])] });
    const blobs = new Map(
      members.map(({ content = '' }) => [digestOf(content), Buffer.from(content)] as const),
    );
    const manifest = [...blobs.values()].find((blob) => blob.includes('"layers":[')) ?? Buffer.from('');
    const [layer] = (JSON.parse(manifest.toString()) as { layers: { digest: string }[] }).layers;
    spoil(blobs, layer?.digest ?? '');
    return { manifest, blobs };
  }

  it('that sends another layer than it promised gets nothing onto the machine', async () => {
    const evil = await tarOf([{ name: 'file', content: 'evil' }]);
    await using server = await serve(await parts((blobs, layer) => blobs.set(layer, evil)));
    await using machine = await PullingMachine.start(plain(server.address));
    await expect(pull(machine, `${server.address}/app:1`)).rejects.toMatchObject({ kind: 'bad-request' });
    expect(machine.layers.list()).toEqual([]);
    expect(await readdir(join(machine.directory, 'images/layers'))).toEqual([]);
    expect(await machine.leftovers()).toEqual([]);
  });

  it('that sends another manifest than was asked for is refused', async () => {
    await using server = await serve(await parts(() => {}));
    await using machine = await PullingMachine.start(plain(server.address));
    const reference = `${server.address}/app@sha256:${'1'.repeat(64)}`;
    await expect(pull(machine, reference)).rejects.toMatchObject({ kind: 'bad-request' });
  });

  it.each([
    ['no JSON', 'nonsense'],
    ['of another kind', '{"schemaVersion":1,"fsLayers":[]}'],
    ['of too many layers', JSON.stringify(manyLayers(200, 1))],
    ['of too many bytes', JSON.stringify(manyLayers(2, 2 ** 40))],
  ])('with a manifest that is %s is refused', async (_what, text) => {
    await using server = await serve({ manifest: Buffer.from(text), blobs: new Map() });
    await using machine = await PullingMachine.start(plain(server.address));
    await expect(pull(machine, `${server.address}/app:1`)).rejects.toMatchObject({ kind: 'bad-request' });
  });

  it('that never stops sending is cut off', async () => {
    const { manifest, blobs } = await parts((all, layer) => void all.delete(layer));
    await using server = await startHostileRegistry((request, response) => {
      const [, what = '', name = ''] = /\/(manifests|blobs)\/(.+)$/.exec(request.url ?? '') ?? [];
      if (what === '') return response.writeHead(200).end();
      if (what === 'manifests')
        return response.writeHead(200, { 'content-type': manifestType }).end(manifest);
      const blob = blobs.get(name);
      if (blob) return response.writeHead(200).end(blob);
      const chunk = Buffer.alloc(2 ** 16);
      const pour = () => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on('drain', pour);
      return pour();
    });
    await using machine = await PullingMachine.start(plain(server.address));
    await expect(pull(machine, `${server.address}/app:1`)).rejects.toThrow('sends more than');
    expect(await machine.leftovers()).toEqual([]);
  });
});

describe('a pull', () => {
  const LAYERS = 6;
  const SIZE = 3 * 2 ** 20;

  it('that is cut off goes on from the layers that are whole', async () => {
    await registry.push('team/heavy:1', await heavyImage(LAYERS, SIZE));
    await using wire = await startBadWire(registry.address, { cuts: 8, after: SIZE / 2 });
    await using machine = await PullingMachine.start(plain(wire.address));
    expect((await pull(machine, `${wire.address}/team/heavy:1`)).layers).toHaveLength(LAYERS);
    expect(wire.cuts).toBe(0);
    const anew = LAYERS * SIZE + 8 * SIZE; // what was cut is fetched again, what was whole is not
    expect(wire.bytes).toBeLessThan(anew);
  });

  it('tells how far it is', async () => {
    await registry.push('team/heavy:2', await heavyImage(LAYERS, SIZE));
    await using machine = await PullingMachine.start(plain(registry.address));
    const seen: ImageProgress[] = [];
    await pull(machine, `${registry.address}/team/heavy:2`, { onProgress: (one) => seen.push(one) });
    const fetched = seen.filter((one) => one.phase === 'fetch');
    expect(fetched.length).toBeGreaterThan(0);
    for (const { bytes, total = 0 } of fetched) {
      expect(total).toBeGreaterThanOrEqual(LAYERS * SIZE);
      expect(bytes).toBeLessThanOrEqual(total);
    }
  });

  it('that nobody wants any more ends at once and leaves nothing', async () => {
    await using silent = await startSilentRegistry(await heavyImage(1, SIZE));
    await using machine = await PullingMachine.start(plain(silent.address));
    const giveUp = new AbortController();
    const pulling = pull(machine, `${silent.address}/app:1`, { signal: giveUp.signal });
    await Promise.race([silent.asked, pulling]);
    giveUp.abort(new Error('nobody wants it'));
    await expect(pulling).rejects.toThrow('nobody wants it');
    await silent.hungUp;
    expect(await machine.leftovers()).toEqual([]);
  });

  it('whose process is killed leaves nothing after the next start', async () => {
    await using silent = await startSilentRegistry(await heavyImage(1, SIZE));
    await using machine = await PullingMachine.start(plain(silent.address));
    const child = start(process.execPath, [
      join(import.meta.dirname, 'registry-pull-inside.ts'),
      machine.directory,
      machine.memory,
      silent.address,
    ]);
    await silent.asked;
    expect((await machine.leftovers()).length).toBeGreaterThan(0);
    child.kill('SIGKILL');
    await silent.hungUp; // skopeo died with it
    await Promise.all([machine.layers.recover(), machine.puller.recover()]);
    expect(await machine.leftovers()).toEqual([]);
  });
});

const manyLayers = (count: number, size: number) => {
  const blob = (at: number) => ({ digest: digestOf(String(at)), size });
  return { schemaVersion: 2, config: blob(-1), layers: Array.from({ length: count }, (_, at) => blob(at)) };
};

/** A certificate for 127.0.0.1 that nobody else knows. */
async function privateAuthority() {
  const directory = await mkdtemp(join(tmpdir(), 'hydria-tls-'));
  const [certificate, key] = [join(directory, 'cert.pem'), join(directory, 'key.pem')];
  await exec('openssl', [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-days',
    '2',
    '-subj',
    '/CN=test',
    '-addext',
    'subjectAltName=IP:127.0.0.1',
    '-keyout',
    key,
    '-out',
    certificate,
  ]);
  return {
    certificate,
    key,
    ca: certificate,
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}
