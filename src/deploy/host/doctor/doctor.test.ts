import { describe, expect, it } from 'vitest';
import { expect as expectThat, OK, runChecks } from './check.ts';
import { availableMemory, cgroupLayout, isAtLeast, knowsFileSystem, parseVersion } from './parse.ts';

describe('the parsers', () => {
  it.each([
    ['crun version 1.8.1\ncommit: f8a096', [1, 8, 1]],
    ['nftables v1.0.6 (Lester Gooch #5)', [1, 0, 6]],
    ['Dnsmasq version 2.90  Copyright (c) 2000-2024', [2, 90]],
    ['v24.21.0', [24, 21, 0]],
    ['no number here, or 7', undefined],
  ])('read the version of %j', (text, version) => {
    expect(parseVersion(text)).toEqual(version);
  });

  it.each([
    [[24, 7, 0], true],
    [[24, 21, 0], true],
    [[26, 0, 0], true],
    [[24], false],
    [[24, 6, 9], false],
    [[], false],
  ])('compare %j with 24.7', (version, enough) => {
    expect(isAtLeast(version, [24, 7])).toBe(enough);
  });

  it('tell the layouts of cgroups apart', () => {
    const v1 = '30 25 0:26 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu';
    const v2 = '31 25 0:27 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw';
    expect(cgroupLayout(v1)).toBe('legacy');
    expect(cgroupLayout(v2)).toBe('unified');
    expect(cgroupLayout(`${v1}\n${v2}`)).toBe('hybrid');
    expect(cgroupLayout('1 0 8:1 / / rw - ext4 /dev/sda rw')).toBe('none');
  });

  it('read memory and file systems', () => {
    expect(availableMemory('MemTotal: 9 kB\nMemAvailable:   1024 kB\n')).toBe(1_048_576);
    expect(availableMemory('')).toBe(0);
    expect(knowsFileSystem('nodev\ttmpfs\n\text4\nnodev\toverlay\n', 'overlay')).toBe(true);
    expect(knowsFileSystem('nodev\toverlayx\n', 'overlay')).toBe(false);
  });
});

describe('runChecks', () => {
  it('tells what is wrong with its mend, and goes on after a check that breaks', async () => {
    const findings = await runChecks([
      { name: 'good', check: async () => OK },
      { name: 'bad', check: async () => expectThat(false, 'it is off', 'switch it on') },
      { name: 'broken', check: () => Promise.reject(new Error('EACCES')) },
    ]);
    expect(findings).toEqual([
      { name: 'good', ok: true },
      { name: 'bad', ok: false, problem: 'it is off', mend: 'switch it on' },
      { name: 'broken', ok: false, problem: 'cannot look: EACCES', mend: 'run ./hydria doctor as root' },
    ]);
  });
});
