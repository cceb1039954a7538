import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { scratch } from '#test/support/image-archives.ts';
import { readArchive } from './archive.ts';
import { Budget } from './budget.ts';
import { buildArchive, type Build } from './build.ts';
import { openLayer } from './layer-reader.ts';
import { DEFAULT_LIMITS } from './limits.ts';
import { verifyArchive } from './verify.ts';

const directory = await scratch();
afterAll(() => directory[Symbol.asyncDispose]());

const source = await directory.write(Buffer.alloc(300_000, 'x'));
const build: Build = {
  tag: 'test:1',
  config: { Cmd: ['/bin/sh'], ExposedPorts: { '80/tcp': {} } },
  files: [
    { path: 'bin/big', mode: 0o755, sourceFile: source },
    { path: 'bin/sh', linkTo: 'big' },
    { path: 'tmp', mode: 0o1777 },
    { path: 'etc/motd', content: 'Grüße' },
    { path: `${'long-name-'.repeat(15)}/file`, content: '' },
  ],
};

test('a built archive passes every check and holds what was asked for', async () => {
  const out = join(directory.path, 'image.tar');
  await buildArchive(out, build);
  const summary = await verifyArchive(out);
  expect(summary).toMatchObject({ tags: ['test:1'], config: { cmd: ['/bin/sh'], exposedPorts: ['80/tcp'] } });
  const made: [string, string, number][] = [];
  for await (const content of (await readArchive(out, DEFAULT_LIMITS)).contents())
    for await (const { path, kind, mode } of openLayer(content, new Budget(DEFAULT_LIMITS)).entries)
      made.push([path, kind, mode]);
  expect(made).toEqual([
    ['bin', 'directory', 0o755],
    ['bin/big', 'file', 0o755],
    ['bin/sh', 'symlink', 0o777],
    ['etc', 'directory', 0o755],
    ['etc/motd', 'file', 0o644],
    ['long-name-'.repeat(15), 'directory', 0o755],
    [`${'long-name-'.repeat(15)}/file`, 'file', 0o644],
    ['tmp', 'directory', 0o1777],
  ]);
});

test('the same build gives the same bytes, in whatever order its files are listed', async () => {
  const [one, two] = [join(directory.path, 'one.tar'), join(directory.path, 'two.tar')];
  await buildArchive(one, build);
  await buildArchive(two, { ...build, files: build.files.toReversed() });
  expect(await readFile(two)).toEqual(await readFile(one));
});

test('a build that fails leaves nothing', async () => {
  const before = await readdir(directory.path);
  const broken = {
    ...build,
    files: [...build.files, { path: 'x', sourceFile: join(directory.path, 'missing') }],
  };
  await expect(buildArchive(join(directory.path, 'broken.tar'), broken)).rejects.toThrow('ENOENT');
  expect(await readdir(directory.path)).toEqual(before);
});
