import { once } from 'node:events';
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline, Readable } from 'node:stream';
import { extract, pack, type Header } from 'tar-stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exec } from '#kernel/exec.ts';
import { goMode } from './go-mode.ts';
import { packPath, packRoot } from './pack.ts';
import { unpackInto } from './unpack.ts';

const LIMITS = { maxBytes: 1 << 20, maxEntries: 100 };
let folder: string;
let root: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hydria-jail-'));
  root = join(folder, 'root');
  await mkdir(join(root, 'etc'), { recursive: true });
  await mkdir(join(root, 'tmp'));
  await writeFile(join(root, 'etc/passwd'), 'inside');
  await writeFile(join(folder, 'passwd'), 'outside');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

type Member = Partial<Header> & { readonly name: string; readonly text?: string };

async function* tarOf(...members: readonly Member[]): AsyncGenerator<Uint8Array> {
  const tar = pack();
  for (const { text, ...header } of members) tar.entry(header, text ?? '');
  tar.finalize();
  yield* tar as AsyncIterable<unknown> as AsyncIterable<Uint8Array>;
}
const put = (path: string, ...members: readonly Member[]) =>
  unpackInto(root, path, { tar: tarOf(...members), limits: LIMITS });

async function members(tar: AsyncIterable<Uint8Array>): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for await (const member of pipeline(Readable.from(tar), extract(), () => {})) {
    const chunks = await Array.fromAsync(member as AsyncIterable<unknown> as AsyncIterable<Uint8Array>);
    const { name, type, linkname } = member.header;
    found[name] = type === 'file' ? Buffer.concat(chunks).toString() : `${type} ${linkname ?? ''}`.trim();
  }
  return found;
}
const get = async (path: string, limits = LIMITS) => {
  const { stat, tar } = await packPath(root, path, limits);
  return { stat, members: await members(tar) };
};

describe('reading', () => {
  it('gives a file under its name, with what Docker tells of it', async () => {
    const { stat, members: found } = await get('/etc/passwd');
    expect(stat).toMatchObject({ name: 'passwd', size: 6, mode: 0o644, linkTarget: '' });
    expect(found).toEqual({ passwd: 'inside' });
  });

  it('gives a directory with all that is in it, links as links, sockets left out', async () => {
    await mkdir(join(root, 'etc/conf.d'));
    await symlink('../passwd', join(root, 'etc/conf.d/link'));
    await exec('ln', [join(root, 'etc/passwd'), join(root, 'etc/shadow')]);
    await exec('mkfifo', [join(root, 'etc/fifo')]);
    const { stat, members: found } = await get('/etc');
    expect(stat).toMatchObject({ name: 'etc', mode: 2 ** 31 + 0o755 });
    const { 'etc/passwd': one, 'etc/shadow': two, ...rest } = found;
    expect([one, two]).toEqual(one === 'inside' ? [one, 'link etc/passwd'] : ['link etc/shadow', 'inside']);
    expect(rest).toEqual({
      'etc/': 'directory',
      'etc/conf.d/': 'directory',
      'etc/conf.d/link': 'symlink ../passwd',
      'etc/fifo': 'fifo',
    });
  });

  it('gives all of a root', async () => {
    expect(await members(packRoot(root, LIMITS))).toEqual({
      'etc/': 'directory',
      'etc/passwd': 'inside',
      'tmp/': 'directory',
    });
    expect(Object.keys((await get('/')).members)).toContain('etc/passwd');
  });

  it.each([
    ['a link that climbs', '../../../../../passwd'],
    ['a link to an absolute path', '/passwd'],
  ])('stays inside by %s', async (_, target) => {
    await writeFile(join(root, 'passwd'), 'top');
    await symlink(target, join(root, 'tmp/way'));
    expect((await get('/tmp/way')).members).toEqual({ way: `symlink ${target}` });
    expect((await get('/tmp/way')).stat.linkTarget).toBe('/passwd');
    await symlink('/..', join(root, 'tmp/up'));
    expect((await get('/tmp/up/passwd')).members).toEqual({ passwd: 'top' });
    expect((await get('/../../passwd')).members).toEqual({ passwd: 'top' });
  });

  it('says what is not there, and what goes round in circles', async () => {
    await symlink('loop', join(root, 'tmp/loop'));
    await expect(get('/nothing')).rejects.toMatchObject({ kind: 'not-found' });
    await expect(get('/etc/passwd/x')).rejects.toMatchObject({ kind: 'bad-request' });
    await expect(get('/tmp/loop/x')).rejects.toMatchObject({ kind: 'bad-request' });
    await expect(get('/tmp/\0')).rejects.toMatchObject({ kind: 'bad-request' });
  });

  it('refuses what is too large before it sends anything', async () => {
    await truncate(join(root, 'etc/passwd'), LIMITS.maxBytes + 1);
    await expect(packPath(root, '/etc', LIMITS)).rejects.toMatchObject({ kind: 'too-large' });
    await expect(packPath(root, '/', { ...LIMITS, maxEntries: 2 })).rejects.toMatchObject({
      kind: 'too-large',
    });
  });

  it('ends when nobody reads any more', async () => {
    await truncate(join(root, 'etc/passwd'), LIMITS.maxBytes);
    const { tar } = await packPath(root, '/etc', LIMITS);
    tar.once('data', () => tar.destroy());
    await once(tar, 'close');
    expect(tar.destroyed).toBe(true);
  });

  it('counts modes as Go does', () => {
    expect([0o100644, 0o40755, 0o120777, 0o104755, 0o41777, 0o20666].map(goMode)).toEqual([
      0o644,
      2 ** 31 + 0o755,
      2 ** 27 + 0o777,
      2 ** 23 + 0o755,
      2 ** 31 + 2 ** 20 + 0o777,
      2 ** 26 + 2 ** 21 + 0o666,
    ]);
  });
});

describe('writing', () => {
  it('unpacks files, directories and links, with owners, modes and times', async () => {
    const mtime = new Date(1_000_000_000_000);
    await put(
      '/tmp',
      { name: 'a/', type: 'directory', mode: 0o700 },
      { name: 'a/b', text: 'text', mode: 0o4755, uid: 1000, gid: 100, mtime },
      { name: 'deep/er/c', text: 'more' },
      { name: 'link', type: 'symlink', linkname: 'a/b' },
      { name: 'same', type: 'link', linkname: 'a/b' },
    );
    expect(await lstat(join(root, 'tmp/a/b'))).toMatchObject({
      mode: 0o104755,
      uid: 1000,
      gid: 100,
      nlink: 2,
      mtime,
    });
    expect(await readFile(join(root, 'tmp/link'), 'utf8')).toBe('text');
    expect(await readFile(join(root, 'tmp/deep/er/c'), 'utf8')).toBe('more');
    expect((await readdir(join(root, 'tmp'))).sort()).toEqual(['a', 'deep', 'link', 'same']);
  });

  it('replaces what has the name, without writing into what it leads to', async () => {
    await symlink(join(folder, 'passwd'), join(root, 'tmp/out'));
    await exec('mkfifo', [join(root, 'tmp/fifo')]);
    await put('/tmp', { name: 'out', text: 'mine' }, { name: 'fifo', text: 'file' });
    expect(await readFile(join(folder, 'passwd'), 'utf8')).toBe('outside');
    expect(await readFile(join(root, 'tmp/out'), 'utf8')).toBe('mine');
    expect(await readFile(join(root, 'tmp/fifo'), 'utf8')).toBe('file');
  });

  it('goes through links, of the tar or of the container, but never out', async () => {
    await symlink('../../../..', join(root, 'tmp/up'));
    await put('/tmp/up', { name: 'one', text: '1' });
    await put(
      '/tmp',
      { name: 'way', type: 'symlink', linkname: '../../../../..' },
      { name: 'way/two', text: '2' },
    );
    expect((await readdir(root)).sort()).toEqual(['etc', 'one', 'tmp', 'two']);
    expect((await readdir(folder)).sort()).toEqual(['passwd', 'root']);
  });

  it.each<[string, Member]>([
    ['an absolute name', { name: '/etc/x', text: 'x' }],
    ['a name that climbs', { name: '../x', text: 'x' }],
    ['a name that climbs later', { name: 'a/../../x', text: 'x' }],
    ['a link to what is not in it', { name: 'x', type: 'link', linkname: '../passwd' }],
    ['a link to an absolute name', { name: 'x', type: 'link', linkname: '/etc/passwd' }],
    ['a device', { name: 'x', type: 'character-device', devmajor: 1, devminor: 3 }],
    ['a fifo', { name: 'x', type: 'fifo' }],
  ])('refuses %s', async (_, member) => {
    await expect(put('/tmp', member)).rejects.toMatchObject({ kind: 'bad-request' });
    expect(await readdir(join(root, 'tmp'))).toEqual([]);
  });

  it('refuses damage, and more than is allowed', async () => {
    const upload = (tar: AsyncIterable<Uint8Array>, limits = LIMITS) =>
      unpackInto(root, '/tmp', { tar, limits });
    async function* noise() {
      yield Buffer.alloc(2048, 'x');
    }
    await expect(upload(noise())).rejects.toMatchObject({ kind: 'bad-request' });
    const large = { name: 'x', text: 'x'.repeat(100) };
    await expect(upload(tarOf(large), { ...LIMITS, maxBytes: 99 })).rejects.toMatchObject({
      kind: 'too-large',
    });
    const many = Array.from({ length: 4 }, (__, index) => ({ name: `f${index}` }));
    await expect(upload(tarOf(...many), { ...LIMITS, maxEntries: 3 })).rejects.toMatchObject({
      kind: 'too-large',
    });
  });

  it('says where it cannot be', async () => {
    await expect(put('/nowhere', { name: 'x' })).rejects.toMatchObject({ kind: 'not-found' });
    await expect(put('/etc/passwd', { name: 'x' })).rejects.toMatchObject({ kind: 'bad-request' });
    await expect(put('/', { name: 'tmp', text: 'no directory' })).rejects.toMatchObject({ kind: 'conflict' });
    expect((await readdir(root)).sort()).toEqual(['etc', 'tmp']);
  });
});
