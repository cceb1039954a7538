import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '#kernel/clock.ts';
import { Cgroups, detectHierarchy } from './cgroup.ts';
import { runtimeCommand, runtimeScript } from '../crun/host.ts';
import { hostLayout } from './layout.ts';
import { parseNetDev } from '../measures.ts';
import { readUsage } from './stats.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'hydria-cgroup-'));
});
afterEach(() => rm(root, { recursive: true }));

/** Writes files below the root, as the kernel would show them. */
async function show(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(join(root, name, '..'), { recursive: true });
    await writeFile(join(root, name), content);
  }
}

const groups = () => new Cgroups(detectHierarchy(root), '/hydria', systemClock);

describe('detecting the layout', () => {
  it('knows version 2', async () => {
    await show({ 'cgroup.controllers': 'cpu memory pids\n' });
    expect(detectHierarchy(root)).toMatchObject({ version: 2, obstacle: null });
  });

  it('knows version 1, with an idle version 2 beside it that is in nobody’s way', async () => {
    await show({ 'memory/tasks': '', 'cpu,cpuacct/tasks': '', 'unified/cgroup.controllers': '\n' });
    const { version, controllers, obstacle } = detectHierarchy(root);
    expect([version, [...controllers].sort(), obstacle]).toEqual([1, ['cpu,cpuacct', 'memory'], null]);
  });

  it('sees the hybrid that crun refuses, and takes it out of its sight', async () => {
    await show({ 'memory/tasks': '', 'unified/cgroup.controllers': 'hugetlb\n' });
    const { obstacle } = detectHierarchy(root);
    expect(obstacle).toBe(join(root, 'unified'));
    expect(runtimeScript(obstacle)).toContain(`umount ${obstacle} || exit`);
    expect(runtimeScript(null)).not.toContain('umount');
    expect(runtimeCommand(hostLayout('/base'), obstacle)).toEqual([
      '/usr/bin/unshare',
      '--mount',
      '/base/bin/runtime',
    ]);
    expect(runtimeCommand(hostLayout('/base'), null)).toEqual(['/base/bin/runtime']);
  });

  it('fails where there are no control groups', () => {
    expect(() => detectHierarchy(join(root, 'none'))).toThrow('ENOENT');
  });
});

describe('version 2', () => {
  beforeEach(() =>
    show({
      'cgroup.controllers': 'cpu io memory pids\n',
      'hydria/a/cgroup.procs': '10\n11\n',
      'hydria/a/below/cgroup.procs': '12\n',
      'hydria/a/cgroup.freeze': '0\n',
      'hydria/a/memory.events': 'low 0\noom 2\noom_kill 1\n',
      'hydria/a/memory.current': '5000\n',
      'hydria/a/memory.max': 'max\n',
      'hydria/a/memory.stat': 'anon 1\ninactive_file 1000\n',
      'hydria/a/cpu.stat': 'usage_usec 7\nuser_usec 5\n',
      'hydria/a/io.stat': '8:0 rbytes=10 wbytes=20 rios=1\n8:16 rbytes=1 wbytes=2 rios=1\n',
      'hydria/a/pids.current': '3\n',
    }),
  );

  it('lists, freezes and tells of a kill for want of memory', async () => {
    expect(new Set(await groups().processes('a'))).toEqual(new Set([10, 11, 12]));
    expect(await groups().oomKilled('a')).toBe(true);
    await groups().freeze('a', true);
    expect(await readFile(join(root, 'hydria/a/cgroup.freeze'), 'utf8')).toMatch(/^1/);
    expect(await groups().frozen('a')).toBe(true);
  });

  it('measures', async () => {
    expect(await readUsage(groups(), 'a', -1)).toEqual({
      cpuNanos: 7000,
      memoryUsed: 4000,
      memoryLimit: null,
      blockRead: 11,
      blockWritten: 22,
      netReceived: 0,
      netSent: 0,
      pids: 3,
    });
  });

  it('knows nothing of a group that is not there', async () => {
    expect(await groups().processes('b')).toEqual([]);
    expect(await groups().frozen('b')).toBe(false);
    await groups().remove('b');
  });
});

it('measures in version 1, where controllers may share a hierarchy', async () => {
  await show({
    'cpu,cpuacct/hydria/a/cpuacct.usage': '9\n',
    'memory/hydria/a/memory.usage_in_bytes': '5000\n',
    'memory/hydria/a/memory.limit_in_bytes': '8192\n',
    'memory/hydria/a/memory.stat': 'total_inactive_file 1000\n',
    'blkio/hydria/a/blkio.throttle.io_service_bytes_recursive':
      '8:0 Read 10\n8:0 Write 20\n8:0 Total 30\nTotal 30\n',
    'pids/hydria/a/pids.current': '2\n',
  });
  expect(await readUsage(groups(), 'a', -1)).toMatchObject({
    cpuNanos: 9,
    memoryUsed: 4000,
    memoryLimit: 8192,
    blockRead: 10,
    blockWritten: 20,
    pids: 2,
  });
});

it('adds up the bytes of all interfaces but the loopback', () => {
  const row = (name: string, received: number, sent: number) =>
    `  ${name}: ${received} 1 0 0 0 0 0 0 ${sent} 1 0 0 0 0 0 0`;
  const text = ['Inter-|', ' face |bytes', row('lo', 5, 5), row('eth0', 10, 20), row('eth1', 1, 2)].join(
    '\n',
  );
  expect(parseNetDev(text)).toEqual({ netReceived: 11, netSent: 22 });
});
