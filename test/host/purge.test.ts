import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { exec } from '#kernel/exec.ts';
import { exists } from '#src/deploy/host/files.ts';

/**
 * A purge looks at the whole machine, so it is tested where the whole machine is ours: in network and mount namespaces
 * of its own, with a cgroup of its own name and a copy of the accounts.
 */
let root: string;
const cgroup = `hydria-test-${process.pid}`;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'purge-'));
});

afterEach(() => rm(root, { recursive: true }));

it('takes every trace of ours away, and nothing else', async () => {
  const inside = join(import.meta.dirname, 'purge-inside.ts');
  const { stdout } = await exec(
    'unshare',
    ['--net', '--mount', '--propagation', 'private', process.execPath, inside, root, cgroup],
    { timeout: 60_000 },
  );
  const { before, ran, after, again } = JSON.parse(stdout);
  expect(before.interfaces).toEqual(['hyb12345678', 'hyper0', 'lo']);
  expect(before.namespaces.toSorted()).toEqual(['blue', 'hy-net-6a1f0b52-9c0d-4e55-8f43-0c2ddc5b6a11']);
  expect(ran).toEqual([
    'remove workloads',
    'remove processes',
    'remove mounts',
    'remove network namespaces',
    'remove network interfaces',
    'remove packet filters',
    `remove the cloud 'hydria' from ${join(root, 'etc/openstack/clouds.yaml')}`,
    'remove the user hydria',
    'remove files',
  ]);
  expect(after).toEqual({
    interfaces: ['hyper0', 'lo'],
    namespaces: ['blue'],
    tables: ['office'],
    processes: [],
    isKnown: false,
    mounts: [],
  });
  expect(again).toEqual([]);
  expect(await exists(join(root, 'etc/hydria'))).toBe(false);
  expect(await exists(join(root, 'var/lib/hydria'))).toBe(false);
  expect(await readdir(join(root, 'etc'))).toEqual(['office.conf']);
});
