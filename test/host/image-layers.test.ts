import { once } from 'node:events';
import { chmod, lstat, mkdir, readdir, readFile, readlink, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import * as fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '#kernel/clock.ts';
import { exec, start } from '#kernel/exec.ts';
import { LayerStore } from '#oci/layer-store.ts';
import { DEFAULT_LIMITS } from '#oci/limits.ts';
import { buildBusybox, buildHello } from '#oci/standard-images.ts';
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
  type TestImage,
} from '#test/support/image-archives.ts';
import { often } from '#test/support/often.ts';

const image = await layeredImage();
const archive = await tarOf(dockerNew(image));

async function newStore() {
  const directory = await scratch();
  onTestFinished(() => directory[Symbol.asyncDispose]());
  const store = new LayerStore({
    directory: join(directory.path, 'store'),
    limits: DEFAULT_LIMITS,
    clock: systemClock,
  });
  await store.recover();
  return { store, path: join(directory.path, 'store'), scratch: directory.path };
}

const opening = (bytes: Uint8Array) => () => Promise.resolve(Readable.from([bytes]));

/** Everything below a store's directory but its three folders. */
const contents = async (path: string): Promise<string[]> =>
  (await Promise.all(['images', 'layers', 'tmp'].map((folder) => readdir(join(path, folder))))).flat();

/** Shows the layers as a container sees them, while `look` runs. */
async function mounted(
  layers: readonly string[],
  scratch: string,
  look: (root: string) => Promise<void>,
): Promise<void> {
  const root = join(scratch, 'merged');
  const empty = join(scratch, 'empty'); // overlayfs wants two layers when nothing may be written
  await Promise.all([mkdir(root), mkdir(empty)]);
  const lower = [...layers.toReversed(), empty].join(':');
  await exec('mount', ['-t', 'overlay', 'overlay', '-o', `ro,lowerdir=${lower}`, root]);
  try {
    await look(root);
  } finally {
    await exec('umount', [root]);
  }
}

describe('an unpacked image', () => {
  test.each([
    ['docker save before 25', dockerOld(image), (tar: Uint8Array) => tar],
    ['docker save from 25 on, in gzip', dockerNew(image), gzip],
    ['OCI with gzip layers, in zstd', oci(image, { compress: gzip }), zstd],
  ])('shows the files of all layers less what upper ones hide: %s', async (_, members, compress) => {
    const { store, scratch } = await newStore();
    const stored = await store.ensureImage('img', opening(compress(await tarOf(members))));
    await mounted(stored.layers, scratch, async (root) => {
      expect(await readdir(join(root, 'etc'))).toEqual([]);
      expect(await readdir(join(root, 'data'))).toEqual(['new']);
      expect(await readFile(join(root, 'bin/same'), 'utf8')).toBe('tool');
      expect(await readFile(join(root, 'long-name/'.repeat(20), 'file'), 'utf8')).toBe('deep');
    });
  });

  test('keeps owners, modes with setuid, times and links', async () => {
    const { store } = await newStore();
    const [lower = '', upper = ''] = (await store.ensureImage('img', opening(archive))).layers;
    const tool = await stat(join(lower, 'bin/tool'));
    expect(tool).toMatchObject({ mode: 0o104755, uid: 7, gid: 8, mtimeMs: 1_000_000_000_000, nlink: 2 });
    expect((await stat(join(lower, 'bin/same'))).ino).toBe(tool.ino);
    expect(await readlink(join(lower, 'bin/sh'))).toBe('/bin/tool');
    expect(await stat(join(lower, 'empty'))).toMatchObject({ mode: 0o041777, mtimeMs: 1_000_000_000_000 });
    expect(await stat(join(upper, 'data'))).toMatchObject({ mode: 0o040750, mtimeMs: 0 });
    expect(await stat(lower)).toMatchObject({ mode: 0o040755 });
  });

  test('hides a lower directory that the same layer has removed and made again', async () => {
    const { store, scratch } = await newStore();
    const lower = await tarOf([{ name: 'd/old' }, { name: 'f' }]);
    const upper = await tarOf([
      { name: 'd/new' },
      { name: '.wh.d' },
      { name: 'f', content: 'again' },
      { name: '.wh.f' },
    ]);
    const stored = await store.ensureImage(
      'img',
      opening(await tarOf(dockerNew({ layers: [lower, upper] }))),
    );
    await mounted(stored.layers, scratch, async (root) => {
      expect(await readdir(join(root, 'd'))).toEqual(['new']);
      expect(await readFile(join(root, 'f'), 'utf8')).toBe('again');
    });
  });

  test('of the same layer twice is the topmost one, since overlayfs takes each once', async () => {
    const { store, scratch } = await newStore();
    const [first, second] = [await tarOf([{ name: 'a', content: '1' }]), await tarOf([{ name: '.wh.a' }])];
    const stored = await store.ensureImage(
      'img',
      opening(await tarOf(dockerOld({ layers: [first, second, first] }))),
    );
    expect(stored.layers).toHaveLength(2);
    await mounted(stored.layers, scratch, async (root) =>
      expect(await readFile(join(root, 'a'), 'utf8')).toBe('1'),
    );
  });

  test('has a symbolic link to an absolute path as it is, and nothing was written through it', async () => {
    const { store, scratch } = await newStore();
    const victim = join(scratch, 'victim');
    await writeFile(victim, 'untouched');
    await chmod(victim, 0o600);
    const layer = await tarOf([
      { name: 'link', type: 'symlink', linkname: victim, mode: 0o777, uid: 5 },
      { name: 'hard', type: 'link', linkname: 'link', mode: 0o777, uid: 5 },
    ]);
    const stored = await store.ensureImage('img', opening(await tarOf(dockerNew({ layers: [layer] }))));
    expect((await lstat(join(stored.layers[0] ?? '', 'hard'))).isSymbolicLink()).toBe(true);
    expect(await stat(victim)).toMatchObject({ mode: 0o100600, uid: 0 });
  });
});

describe('the store', () => {
  test('has a layer once that several images share, and removes it with the last of them', async () => {
    const { store, path } = await newStore();
    const other: TestImage = { layers: [image.layers[0] ?? Buffer.of(), await tarOf([{ name: 'own' }])] };
    const [a, b] = await Promise.all([
      store.ensureImage('a', opening(archive)),
      store.ensureImage('b', opening(await tarOf(dockerOld(other)))),
    ]);
    expect(a.layers[0]).toBe(b.layers[0]);
    expect(await readdir(join(path, 'layers'))).toHaveLength(3);
    await store.removeImage('a');
    expect(await readdir(b.layers[0] ?? '')).toContain('bin');
    expect(await readdir(join(path, 'layers'))).toHaveLength(2);
    expect(await store.collect(['b'])).toEqual([]);
    expect(await store.collect([])).toEqual(['b']);
    expect(await contents(path)).toEqual([]);
  });

  test('fetches an image once for all who ask, and tells each how far it is', async () => {
    const { store } = await newStore();
    let fetches = 0;
    const open = () => (fetches++, Promise.resolve(Readable.from([archive])));
    const seen = [new Set<string>(), new Set<string>()];
    const calls = seen.map((phases) =>
      store.ensureImage('img', open, { onProgress: ({ phase }) => phases.add(phase) }),
    );
    const [first, second] = await Promise.all(calls);
    expect(second).toBe(first);
    expect(await store.ensureImage('img', open)).toEqual(first);
    expect(fetches).toBe(1);
    expect(seen.map((phases) => [...phases])).toEqual([
      ['fetch', 'unpack'],
      ['fetch', 'unpack'],
    ]);
  });

  test('knows its images after a restart', async () => {
    const { store, path } = await newStore();
    const before = await store.ensureImage('img', opening(archive));
    const after = new LayerStore({ directory: path, limits: DEFAULT_LIMITS, clock: systemClock });
    await after.recover();
    expect(after.list()).toEqual([before]);
    await after.clear();
    expect(await contents(path)).toEqual([]);
  });

  test('keeps an image that is made again while it is removed', async () => {
    const { store, path } = await newStore();
    await store.ensureImage('img', opening(archive));
    const removed = store.removeImage('img');
    const made = await store.ensureImage('img', opening(archive));
    await removed;
    const after = new LayerStore({ directory: path, limits: DEFAULT_LIMITS, clock: systemClock });
    await after.recover();
    expect(after.list()).toEqual([made]);
  });

  test('takes away at its start what a crash has left', async () => {
    const { store, path } = await newStore();
    const kept = await store.ensureImage('kept', opening(archive));
    await mkdir(join(path, 'tmp/half/root/usr'), { recursive: true });
    await mkdir(join(path, 'layers', sha256('without a record')));
    await writeFile(join(path, 'images/torn.json'), '{"version":1,"di');
    const lost = JSON.stringify({ version: 1, key: 'lost', diffIds: [`sha256:${sha256('lost')}`] });
    await writeFile(join(path, 'images/lost.json'), lost);
    const after = new LayerStore({ directory: path, limits: DEFAULT_LIMITS, clock: systemClock });
    await after.recover();
    expect(after.list()).toEqual([kept]);
    expect((await contents(path)).toSorted()).toEqual(
      ['kept.json', ...image.layers.map((layer) => sha256(layer))].toSorted(),
    );
  });

  test('leaves nothing when the caller gives up in the middle of a fetch', async () => {
    const { store, path } = await newStore();
    const giveUp = new AbortController();
    const endless = new Readable({ read() {} });
    endless.push(archive.subarray(0, 2000));
    const call = store.ensureImage('img', () => Promise.resolve(endless), {
      signal: giveUp.signal,
      onProgress: () => giveUp.abort(),
    });
    await expect(call).rejects.toMatchObject({ name: 'AbortError' });
    expect(endless.destroyed).toBe(true);
    expect(await contents(path)).toEqual([]);
  });

  test('leaves nothing when the source fails, and makes the image at the next try', async () => {
    const { store, path } = await newStore();
    const failing = new Readable({
      read() {
        this.destroy(new Error('line cut'));
      },
    });
    await expect(store.ensureImage('img', () => Promise.resolve(failing))).rejects.toThrow('line cut');
    expect(await contents(path)).toEqual([]);
    expect((await store.ensureImage('img', opening(archive))).layers).toHaveLength(2);
  });

  test('refuses bytes that do not have their checksum', async () => {
    const { store, path } = await newStore();
    const checksum = (bytes: Uint8Array) => ({
      checksum: { algorithm: 'sha256', digest: sha256(bytes) } as const,
    });
    await expect(store.ensureImage('img', opening(archive), checksum(Buffer.of(1)))).rejects.toMatchObject({
      kind: 'unavailable',
      retryable: true,
    });
    expect(await contents(path)).toEqual([]);
    const packed = gzip(archive);
    expect((await store.ensureImage('img', opening(packed), checksum(packed))).layers).toHaveLength(2);
  });

  test('refuses keys that are no file names', async () => {
    const { store } = await newStore();
    for (const key of ['', '..', '../x', 'a/b', '.hidden'])
      await expect(store.ensureImage(key, opening(archive))).rejects.toMatchObject({ kind: 'bad-request' });
  });
});

describe('nothing stays of an archive', () => {
  const sound: TarMember = { name: 'sound', content: 'x' };

  test.each<[string, readonly TarMember[]]>([
    ['that climbs', [sound, { name: '../climb' }]],
    [
      'that writes through a link',
      [{ name: 'l', type: 'symlink', linkname: '/' }, { name: 'l/etc/hydria-was-here' }],
    ],
    ['with a device', [sound, { name: 'dev', type: 'character-device', devmajor: 1, devminor: 1 }]],
    ['with a whiteout device of its own', [sound, { name: 'x', type: 'character-device' }]],
    ['with a hard link to the machine', [sound, { name: 'l', type: 'link', linkname: '/etc/shadow' }]],
  ])('%s', async (_, members) => {
    const { store, path } = await newStore();
    const layers = [await tarOf([sound]), await tarOf(members)];
    const call = store.ensureImage('img', opening(await tarOf(dockerNew({ layers }))));
    await expect(call).rejects.toMatchObject({ kind: 'bad-request', code: 'bad-image' });
    expect(await contents(path)).toEqual([]);
    await expect(lstat('/etc/hydria-was-here')).rejects.toThrow('ENOENT');
  });

  test('whose last layer is not what it should be', async () => {
    const { store, path } = await newStore();
    const document = {
      rootfs: { diff_ids: [`sha256:${sha256(image.layers[0] ?? '')}`, `sha256:${sha256('else')}`] },
    };
    const call = store.ensureImage('img', opening(await tarOf(dockerNew({ ...image, document }))));
    await expect(call).rejects.toThrow(/layer 2 of 2 does not match its digest/);
    expect(await contents(path)).toEqual([]);
  });

  test('that was cut off or changed anywhere', async () => {
    const { store, path } = await newStore();
    const packed = await tarOf(oci(image, { compress: gzip }));
    const damage = fc.oneof(
      fc.nat(packed.length - 1025).map((length) => packed.subarray(0, length)),
      fc.tuple(fc.nat(packed.length - 1), fc.integer({ min: 1, max: 255 })).map(([at, bits]) => {
        const changed = Buffer.from(packed);
        changed.writeUInt8((changed[at] ?? 0) ^ bits, at);
        return changed;
      }),
    );
    await fc.assert(
      fc.asyncProperty(damage, async (bytes) => {
        const outcome = await store.ensureImage('img', opening(bytes)).catch((error: unknown) => error);
        expect(outcome).toSatisfy(
          (it: { kind?: string; layers?: unknown[] }) => it.kind === 'bad-request' || it.layers?.length === 2,
        );
        await store.clear();
        expect(await contents(path)).toEqual([]);
      }),
      { numRuns: often(60) },
    );
  });
});

describe('the images built on this machine', () => {
  test('busybox has a shell with its applets, the same bytes each time', async () => {
    const { store, scratch } = await newStore();
    const files = [join(scratch, 'one.tar'), join(scratch, 'two.tar')];
    for (const file of files) await buildBusybox(file, '/bin/busybox');
    const [one, two] = await Promise.all(files.map((file) => readFile(file)));
    expect(two).toEqual(one);
    const stored = await store.ensureImage('busybox', opening(one ?? Buffer.of()));
    expect(stored.config.cmd).toEqual(['sh']);
    await mounted(stored.layers, scratch, async (root) => {
      const run = await exec('chroot', [root, 'sh', '-c', 'ls -d /tmp /root && id -un'], {
        env: stored.config.env,
      });
      expect(run.stdout).toBe('/root\n/tmp\nroot\n');
    });
  });

  test('hello greets every request with its host name, logs it, and stops when it is told to', async () => {
    const { store, scratch } = await newStore();
    const file = join(scratch, 'hello.tar');
    await buildHello(file, '/bin/busybox');
    const stored = await store.ensureImage('hello', opening(await readFile(file)));
    expect(stored.config).toMatchObject({ exposedPorts: ['80/tcp'], stopSignal: 'SIGTERM' });
    await mounted(stored.layers, scratch, async (root) => {
      await using hello = contained(root, stored.config.cmd);
      const pid = await hello.pid();
      const ask = 'until wget -qO- http://127.0.0.1/; do usleep 10000; done';
      const inside = ['--target', pid, '--net', 'chroot', root, 'sh', '-c', ask];
      const { stdout } = await exec('nsenter', inside, { env: stored.config.env });
      expect(stdout).toContain('I am the container <b>greeter</b>.');
      process.kill(Number(pid), 'SIGTERM');
      const { code, output } = await hello.end;
      expect(code).toBe(0);
      expect(output).toMatch(/greeter listens on port 80[^]*url:\//);
    });
  });
});

/** Runs a command as process 1 of a root file system, in namespaces of its own. */
function contained(root: string, command: readonly string[]) {
  const prepare = `hostname greeter; ip link set lo up; mount --bind /dev ${root}/dev; exec chroot ${root} "$@"`;
  const unshare = ['--net', '--uts', '--mount', '--pid', '--fork', '--kill-child', 'sh', '-c', prepare, 'sh'];
  const child = start('unshare', [...unshare, ...command]);
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => output.push(String(chunk)));
  const end = once(child, 'close').then(([code]: unknown[]) => ({ code, output: output.join('') }));
  return {
    end,
    /** Process 1, as the host sees it, once it says something. */
    pid: async () => {
      if (output.length === 0) await once(child.stdout ?? child, 'data');
      return (await readFile(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8')).trim();
    },
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await end;
    },
  };
}
