import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exec } from '#kernel/exec.ts';
import { resolveUser } from './user.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'hydria-user-'));
  await mkdir(join(root, 'etc'));
  await writeFile(
    join(root, 'etc/passwd'),
    'root:x:0:0:root:/root:/bin/sh\nbroken\nann:x:1000:100::/home/ann:\n',
  );
  await writeFile(join(root, 'etc/group'), 'root:x:0:\nusers:x:100:ann\nwheel:x:10:bob,ann\n');
});

afterEach(() => rm(root, { recursive: true }));

const ann = { uid: 1000, gid: 100, additionalGids: [10], home: '/home/ann' };

it.each([
  ['', { uid: 0, gid: 0, additionalGids: [], home: '/root' }],
  ['ann', ann],
  ['1000', ann],
  ['ann:wheel', { ...ann, gid: 10, additionalGids: [] }],
  ['ann:77', { ...ann, gid: 77, additionalGids: [] }],
  ['5:6', { uid: 5, gid: 6, additionalGids: [], home: '/' }],
  ['5', { uid: 5, gid: 0, additionalGids: [], home: '/' }],
])('resolves %j', async (text, user) => {
  expect(await resolveUser(root, text)).toEqual(user);
});

it.each([
  ['carl', 'unable to find user carl: no matching entries in passwd file'],
  ['ann:staff', 'unable to find group staff: no matching entries in group file'],
  [':wheel', 'unable to find user : no matching entries in passwd file'],
  ['-1', 'unable to find user -1: no matching entries in passwd file'],
  ['4294967296', 'user and group ids are between 0 and 2147483647'],
])('refuses %j', async (text, message) => {
  await expect(resolveUser(root, text)).rejects.toMatchObject({ kind: 'bad-request', message });
});

it('takes numbers alone from an image without the tables', async () => {
  await rm(join(root, 'etc'), { recursive: true });
  expect(await resolveUser(root, '12:13')).toEqual({ uid: 12, gid: 13, additionalGids: [], home: '/' });
});

describe('an image that means harm', () => {
  const replace = async (target: string) => {
    await rm(join(root, 'etc/passwd'));
    await symlink(target, join(root, 'etc/passwd'));
  };

  it('has its links followed inside it', async () => {
    await writeFile(join(root, 'real'), 'eve:x:7:7::/:\n');
    await replace('/../../real');
    expect((await resolveUser(root, 'eve')).uid).toBe(7);
  });

  it('cannot lead out through a linked folder', async () => {
    await rm(join(root, 'etc'), { recursive: true });
    await symlink('../../../../../../../../etc', join(root, 'etc'));
    await expect(resolveUser(root, 'daemon')).rejects.toMatchObject({ kind: 'bad-request' });
  });

  it('cannot keep us busy with a circle or a pipe', async () => {
    await replace('passwd');
    await expect(resolveUser(root, 'ann')).rejects.toMatchObject({ kind: 'bad-request' });
    await rm(join(root, 'etc/passwd'));
    await exec('mkfifo', [join(root, 'etc/passwd')]);
    await expect(resolveUser(root, 'ann')).rejects.toMatchObject({ kind: 'bad-request' });
  });
});
