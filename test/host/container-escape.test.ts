import { chmod, copyFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { exec } from '#kernel/exec.ts';
import type { ConmonRuntime } from '#drivers/runtime/conmon/driver.ts';
import type { RuntimeHandle, WorkloadSpec } from '#drivers/runtime/driver.ts';
import { CrunMachine } from './runtime-crun-machine.ts';

/** What a container that is not privileged, root inside, must not be able to see or do; each tried from the inside for real. */

const NOBODY = '65534';
const REFUSED =
  /not permitted|denied|Read-only|not implemented|Invalid argument|No such|can't|cannot|nonexistent/i;

let machine: CrunMachine;
let driver: ConmonRuntime;
let box: RuntimeHandle;

beforeAll(async () => {
  machine = await CrunMachine.make();
  driver = machine.open();
  await mkdir(join(machine.layer, 'suid'));
  await copyFile('/bin/busybox', join(machine.layer, 'suid/id'));
  await chmod(join(machine.layer, 'suid/id'), 0o4755);
  box = await driver.ensure(machine.spec('patient'));
  await driver.start(box);
});

afterAll(async () => {
  await driver.remove(box);
  expect(await machine.leaks()).toEqual([]);
  await driver.close();
  await machine.dispose();
});

const inBox = async (script: string): Promise<string> => {
  const { output } = await driver.exec.run(box, {
    args: ['sh', '-c', `exec 2>&1; ${script}`],
    timeoutSeconds: 20,
    maxOutput: 1 << 16,
  });
  return output.trim();
};

const printed = async (script: string, changes: Partial<WorkloadSpec>): Promise<string> => {
  const handle = await driver.ensure(machine.shell(script, changes));
  try {
    await driver.start(handle);
    await vi.waitFor(async () => expect((await driver.inspect(handle)).status).toBe('stopped'));
    const lines = await Array.fromAsync(
      driver.logs.read(handle, { stdout: true, stderr: true, tail: null, since: null }),
    );
    return lines.map(({ text }) => text).join('\n');
  } finally {
    await driver.remove(handle);
  }
};

describe('a container', () => {
  it('gains nothing from a program that belongs to root and says so', async () => {
    expect(await printed('/suid/id -u', { user: NOBODY })).toBe(NOBODY);
  });

  it('has exactly these capabilities, for good', async () => {
    expect(await inBox("grep ^Cap /proc/1/status | tr '\\t' ' '")).toBe(
      [
        'CapInh: 0000000000000000',
        'CapPrm: 00000000a80425fb',
        'CapEff: 00000000a80425fb',
        'CapBnd: 00000000a80425fb',
        'CapAmb: 0000000000000000',
      ].join('\n'),
    );
  });

  it('has exactly the harmless devices', async () => {
    const devices = (await inBox("find /dev -type c -o -type b | grep -v '^/dev/pts/[0-9]'")).split('\n');
    const harmless = ['full', 'null', 'ptmx', 'random', 'tty', 'urandom', 'zero', 'pts/ptmx', 'console'];
    expect(devices.filter((path) => !harmless.includes(path.replace('/dev/', '')))).toEqual([]);
  });

  it.each([
    ['the first disk', 'b 8 0'],
    ['the first virtual disk', 'b 254 0'],
    ['a loop device', 'b 7 0'],
    ['the memory', 'c 1 1'],
    ['the ports', 'c 1 4'],
    ["the kernel's log", 'c 1 11'],
    ['the mapper of devices', 'c 10 236'],
    ['a tunnel', 'c 10 200'],
  ])('opens no node that it makes for %s', async (_, numbers) => {
    expect(await inBox(`rm -f /tmp/n; mknod /tmp/n ${numbers} && head -c 1 /tmp/n`)).toMatch(/not permitted/);
  });

  it('sees its own mounts, and none of the machine', async () => {
    const points = (await inBox('cut -d" " -f5 /proc/self/mountinfo')).split('\n');
    const known = /^\/($|proc|sys|dev)/;
    expect(points.filter((point) => !known.test(point))).toEqual([]);
    expect(await inBox('stat -c %d:%i /proc/1/root/')).toBe(await inBox('stat -c %d:%i /'));
  });

  it('sees its own processes, and none of the machine', async () => {
    const names = await inBox('cat /proc/[0-9]*/comm');
    expect(names).not.toMatch(/systemd|node|conmon|crun/);
    expect(await inBox(`kill -0 ${process.pid}`)).toMatch(/No such process/);
  });

  it('sees its own network, and none of the machine', async () => {
    expect(await inBox("tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' '")).toBe('lo');
  });

  it.each([
    '/proc/kcore',
    '/proc/keys',
    '/proc/timer_list',
    '/proc/sched_debug',
    '/proc/interrupts',
    '/proc/scsi',
    '/sys/firmware',
    '/sys/devices/virtual/powercap',
  ])('reads nothing of %s', async (path) => {
    expect(await inBox(`[ -d ${path} ] && ls ${path} || cat ${path} 2>/dev/null | head -c 10`)).toBe('');
  });

  it.each([
    '/proc/sysrq-trigger',
    '/proc/sys/kernel/core_pattern',
    '/proc/sys/kernel/modprobe',
    '/proc/sys/vm/drop_caches',
    '/proc/irq/default_smp_affinity',
    '/sys/kernel/uevent_helper',
    '/sys/kernel/mm/ksm/run',
  ])('writes nothing to %s', async (path) => {
    const before = await readFile(path, 'utf8').catch(() => '');
    expect(await inBox(`echo 1 > ${path}`)).toMatch(REFUSED);
    expect(await readFile(path, 'utf8').catch(() => '')).toBe(before);
  });

  it('cannot change its own limits', async () => {
    const script =
      'for f in $(find /sys/fs/cgroup -name "*.max" -o -name "*limit_in_bytes" -o -name release_agent); do echo 1 > $f && echo WRITTEN; done; echo end';
    const output = await inBox(script);
    expect(output).not.toContain('WRITTEN');
    expect(output).toMatch(/end$/);
  });

  it.each([
    ['mounts', 'mkdir -p /tmp/m; mount -t tmpfs none /tmp/m'],
    ['mounts control groups', 'mkdir -p /tmp/m; mount -t cgroup -o memory none /tmp/m'],
    ['mounts /proc anew', 'mount -o remount,rw /proc/sys'],
    ['unmounts what hides files', 'umount /proc/kcore'],
    ['makes a user namespace', 'unshare -U true'],
    ['makes a mount namespace', 'unshare -m true'],
    ['enters the namespaces of others', 'busybox nsenter -t 1 -m true'],
    ['turns its root', 'mkdir -p /tmp/p; busybox pivot_root /tmp/p /tmp/p'],
    ['loads a module', 'echo x > /tmp/x.ko; busybox insmod /tmp/x.ko'],
    ['sets the clock', 'busybox date -s 2001-01-01 >&2; [ $(busybox date +%Y) = 2001 ]'],
    ['renames the machine', 'hostname other'],
    ['reads the log of the kernel', 'busybox dmesg'],
    ['reboots', 'busybox reboot -f'],
    [
      'swaps',
      'dd if=/dev/zero of=/tmp/s bs=4096 count=10 2>/dev/null; busybox mkswap /tmp/s >/dev/null; busybox swapon /tmp/s',
    ],
    ['sets up its network', 'busybox ip link add x type dummy'],
  ])('never %s', async (_, script) => {
    const output = await inBox(`( ${script} ) && echo SUCCEEDED`);
    expect(output).not.toContain('SUCCEEDED');
    expect(output).toMatch(REFUSED);
  });

  it('finds no door of the machine: no socket of a daemon, no key, no file', async () => {
    const script =
      'ls -A /run /var/run /root /mnt /media /host 2>/dev/null | grep -v :$ | grep . ; busybox find / -xdev -type s';
    expect(await inBox(script)).toBe('');
    expect(await inBox('cat /proc/1/environ /proc/self/environ')).not.toContain('HYDRIA');
  });
});

describe('what a container does to itself', () => {
  const made: RuntimeHandle[] = [];
  afterEach(async () => {
    for (const handle of made.splice(0)) await driver.remove(handle);
  });
  const started = async (spec: WorkloadSpec): Promise<RuntimeHandle> => {
    const handle = await driver.ensure(spec);
    made.push(handle);
    await driver.start(handle);
    return handle;
  };

  const answers = async () => expect(await inBox('echo here')).toBe('here');

  it('by a fork bomb: ends at its limit, and its neighbour does not notice', async () => {
    const resources = { cpu: 0.5, memory: 64, pids: 50 };
    // The shell that can make no more ends; the container goes on, full.
    const script = '(while :; do sleep 60 & done) 2>/dev/null; exec sleep 60';
    const bomb = await started(machine.shell(script, { resources }));
    const processes = async () => {
      const { stdout } = await exec('sh', [
        '-c',
        `find /sys/fs/cgroup -path '*${bomb.id}*' -name pids.current -exec cat {} + | sort -n | tail -n 1`,
      ]);
      return Number(stdout);
    };
    await vi.waitFor(async () => expect(await processes()).toBeGreaterThan(45), { timeout: 20_000 });
    await answers();
    expect(await processes()).toBeLessThanOrEqual(50);
  });

  it('by eating memory, also that of its shared files: is killed alone', async () => {
    const resources = { cpu: null, memory: 16, pids: 50 };
    for (const script of ['tail /dev/zero', 'dd if=/dev/zero of=/dev/shm/x bs=1M count=60; tail /dev/zero']) {
      const hog = await started(machine.shell(`exec 2>/dev/null; ${script}`, { resources }));
      await vi.waitFor(async () => expect((await driver.inspect(hog)).status).toBe('stopped'), {
        timeout: 30_000,
      });
      expect(await driver.inspect(hog)).toMatchObject({ oomKilled: true });
    }
    await answers();
  });

  it('by writing without end: keeps its newest lines, within the size that its log may have', async () => {
    const log = { maxBytes: 1 << 20 };
    const flood = await started(
      machine.shell('i=0; while [ $i -lt 200000 ]; do echo "line $i"; i=$((i+1)); done', { log }),
    );
    await vi.waitFor(async () => expect((await driver.inspect(flood)).status).toBe('stopped'), {
      timeout: 60_000,
    });
    const last = await Array.fromAsync(
      driver.logs.read(flood, { stdout: true, stderr: true, tail: 3, since: null }),
    );
    expect(last.map(({ text }) => text)).toEqual(['line 199997', 'line 199998', 'line 199999']);
    const { stdout } = await exec('sh', ['-c', `cat ${machine.base}/workloads/${flood.id}/log* | wc -c`]);
    expect(Number(stdout)).toBeLessThan(4 * log.maxBytes + 10_000);
    await answers();
  });
});
