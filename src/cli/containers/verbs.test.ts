import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { read } from '../arguments.ts';
import { accessFrom } from '../cloud.ts';
import { inContainer } from './cp.ts';
import { momentOf } from './logs.ts';
import { CONTAINER_OPTIONS, createBody, logOf, mebibytesIn, portOf, restartPolicyOf } from './run-options.ts';
import { detachKeys, overlap } from './talk.ts';
import { packPath, unpackTo } from './tar.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cli-'));
});
afterEach(() => rm(directory, { recursive: true }));

const bodyOf = (...args: string[]) => {
  const { values, operands } = read({ options: CONTAINER_OPTIONS, endsAtOperand: 1 }, args);
  return createBody(values, operands[0] ?? '', operands.slice(1));
};

it('leaves a command its own options', async () => {
  expect(await bodyOf('--name', 'a', 'busybox', 'sh', '-c', 'x', '--name', 'b')).toEqual({
    image: 'busybox',
    name: 'a',
    command: ['sh', '-c', 'x', '--name', 'b'],
  });
});

it('asks for what the options say, and for nothing else', async () => {
  const file = join(directory, 'f');
  await writeFile(file, 'content');
  const args = [
    '--net',
    'n',
    '--ip',
    '10.0.0.9',
    '-p',
    '80',
    '-v',
    'data:/d:ro',
    '-v',
    `${file}:/f`,
    '-e',
    'A=1=2',
  ];
  expect(
    await bodyOf(
      ...args,
      '--log-driver',
      'json-file',
      '--log-opt',
      'max-size=5m',
      '-m',
      '1g',
      '--restart',
      'on-failure:2',
      'hello',
    ),
  ).toEqual({
    image: 'hello',
    nets: [{ network: 'n', 'v4-fixed-ip': '10.0.0.9' }],
    exposed_ports: { '80/tcp': {} },
    mounts: [
      { type: 'volume', source: 'data', destination: '/d', read_only: true },
      { type: 'bind', source: 'Y29udGVudA==', destination: '/f' },
    ],
    environment: { A: '1=2' },
    memory: 1024,
    log: { driver: 'file', max_size: '5m' },
    restart_policy: { Name: 'on-failure', MaximumRetryCount: '2' },
  });
});

it.each([
  [() => portOf('8080:80'), 'say 80'],
  [() => portOf('http'), 'is no port'],
  [() => mebibytesIn('much'), 'no size of memory'],
  [() => logOf('syslog', []), 'no log driver'],
  [() => logOf(undefined, ['path=/x']), 'no option of a log'],
  [() => restartPolicyOf('maybe'), 'no restart policy'],
])('refuses words that mean nothing (%#)', (say, why) => {
  expect(say).toThrow(why);
});

it('refuses directories of this machine', async () => {
  await expect(bodyOf('-v', `${directory}:/d`, 'hello')).rejects.toThrow('is no file');
});

it('knows paths of containers from paths of here', () => {
  expect(inContainer('web:/a/../b/')).toEqual({ ref: 'web', path: '/b/' });
  expect(inContainer('./web:/a')).toBeUndefined();
  expect(inContainer('/web:/a')).toBeUndefined();
  expect(inContainer('file')).toBeUndefined();
});

it('counts times back from now', () => {
  expect(momentOf('10m', 600_000)).toBe('1970-01-01T00:00:00.000Z');
  expect(momentOf('2026-01-01', 0)).toBe('2026-01-01');
});

it.each([
  ['abc', 'abc', 0],
  ['a\x10', 'a', 0],
  ['a\x10b', 'a\x10b', 0],
  ['a\x10\x10\x11b', 'a\x10', 1],
  ['a\x10\x11b', 'a', 1],
])('leaves by ctrl-p ctrl-q alone: %j', async (typed, passed, left) => {
  let detached = 0;
  const keys = detachKeys(() => detached++);
  for (const key of typed) keys.write(key);
  keys.end();
  expect((await buffer(keys)).toString().startsWith(passed)).toBe(true);
  expect(detached > 0).toBe(left > 0);
});

it('knows what comes again', () => {
  expect([overlap('one\ntwo', 'two\nthree'), overlap('one', 'two'), overlap('', 'x')]).toEqual([3, 0, 0]);
});

it('brings files and links through an archive', async () => {
  await writeFile(join(directory, 'a'), 'content');
  await symlink('a', join(directory, 'link'));
  const target = await mkdtemp(join(tmpdir(), 'cli-'));
  await unpackTo(await packPath(directory, 'x'), target, () => 'y');
  expect(await readFile(join(target, 'y/link'), 'utf8')).toBe('content');
  await rm(target, { recursive: true });
});

it.each(['../evil', '/etc/evil', 'a/../../evil'])(
  'lets no archive of a container climb: %s',
  async (name) => {
    const tar = pack();
    tar.entry({ name }, 'x');
    tar.finalize();
    await expect(unpackTo(await buffer(tar), directory, (first) => first)).rejects.toThrow('leads out of it');
  },
);

it('writes through no link that an archive brings', async () => {
  const outside = await mkdtemp(join(tmpdir(), 'cli-'));
  const tar = pack();
  tar.entry({ name: 'd', type: 'symlink', linkname: outside });
  tar.entry({ name: 'd/evil' }, 'x');
  tar.finalize();
  await expect(unpackTo(await buffer(tar), directory, (first) => first)).rejects.toThrow();
  await expect(readFile(join(outside, 'evil'))).rejects.toThrow('ENOENT');
  await rm(outside, { recursive: true });
});

it('reads the cloud from the environment, else from what up wrote', async () => {
  const openrc = join(directory, 'openrc');
  await writeFile(
    openrc,
    "export OS_AUTH_URL='http://here'\nexport OS_PASSWORD='it'\\''s'\nexport OS_USERNAME='admin'\n",
  );
  const given: Record<string, string> = { OS_AUTH_URL: 'http://there', OS_USERNAME: 'ann', OS_PASSWORD: 'p' };
  expect((await accessFrom((name) => given[name], openrc)).authUrl).toBe('http://there');
  const local = await accessFrom(() => undefined, openrc);
  expect([local.authUrl, JSON.stringify(local.auth)]).toEqual([
    'http://here',
    expect.stringContaining("it's"),
  ]);
  await expect(accessFrom(() => undefined, join(directory, 'none'))).rejects.toThrow('Which cloud?');
});
