import { mkdtemp, open, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exec } from '#kernel/exec.ts';
import type { DiskFormat } from './formats.ts';
import { convertDiskImage, inspectDiskImage } from './qemu-img.ts';

const MIB = 2 ** 20;
const SIZE = 8 * MIB;
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hydria-disks-'));
  await writeFile(file('host-secret'), 'what nobody may see'.padEnd(SIZE, '.'));
});
afterAll(() => rm(directory, { recursive: true }));

const file = (name: string) => join(directory, name);
const qemuImg = (...args: string[]) => exec('qemu-img', args, { cwd: directory });

async function make(name: string, driver: string, ...options: string[]): Promise<string> {
  await qemuImg('create', '-q', '-f', driver, ...options, name, String(SIZE));
  return file(name);
}

/** Writes bytes at a place of a file. */
async function patch(path: string, at: number, bytes: Uint8Array): Promise<string> {
  await using handle = await open(path, 'r+');
  await handle.write(bytes, 0, bytes.length, at);
  return path;
}

const bytesOf = (value: bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(value);
  return bytes;
};

describe('inspecting a disk image', () => {
  it.each<[DiskFormat, string, string[]]>([
    ['raw', 'raw', []],
    ['qcow2', 'qcow2', []],
    ['qcow2', 'qcow2', ['-o', 'compat=0.10']],
    ['vmdk', 'vmdk', []],
    ['vmdk', 'vmdk', ['-o', 'subformat=streamOptimized']],
    ['vdi', 'vdi', []],
    ['vhd', 'vpc', ['-o', 'force_size=on']],
    ['vhd', 'vpc', ['-o', 'force_size=on,subformat=fixed']],
    ['vhdx', 'vhdx', []],
    ['ploop', 'parallels', []],
  ])('tells the size that a guest sees of %s', async (format, driver, options) => {
    const path = await make(`good-${format}-${options.join('')}`, driver, ...options);
    const info = await inspectDiskImage(path, format);
    expect(info).toMatchObject({ format, virtualSize: SIZE });
    expect(info.actualSize).toBeLessThan(SIZE + MIB);
  });

  it('takes an ISO as the bytes it is', async () => {
    const path = file('disc.iso');
    await writeFile(path, Buffer.alloc(MIB));
    await patch(path, 0x8001, Buffer.from('CD001'));
    expect(await inspectDiskImage(path, 'iso')).toMatchObject({ virtualSize: MIB });
  });

  it('says of a file that is empty what it is', async () => {
    await writeFile(file('empty'), '');
    expect(await inspectDiskImage(file('empty'), 'raw')).toMatchObject({ virtualSize: 0 });
    await expect(inspectDiskImage(file('empty'), 'qcow2')).rejects.toMatchObject({ kind: 'bad-request' });
  });

  it('stops when it is told to', async () => {
    const path = await make('stopped', 'qcow2');
    await expect(inspectDiskImage(path, 'qcow2', { signal: AbortSignal.abort() })).rejects.toThrow(/abort/);
  });
});

const descriptor = (lines: readonly string[]) => ['# Disk DescriptorFile', 'version=1', ...lines].join('\n');
const MONOLITHIC = 'createType="monolithicSparse"';

/** A sparse VMDK with another descriptor in it. */
async function vmdkWith(name: string, lines: readonly string[]): Promise<string> {
  const path = await make(name, 'vmdk');
  return patch(path, 512, Buffer.from(`${descriptor(lines)}\0`.padEnd(1024, '\0')));
}

/** What strangers have sent to clouds to read files of the host, or to have them work for ever. */
const HOSTILE: Readonly<Record<string, [DiskFormat, RegExp, (name: string) => Promise<string>]>> = {
  'a qcow2 with a backing file': [
    'qcow2',
    /backing file/,
    (name) => make(name, 'qcow2', '-b', file('host-secret'), '-F', 'raw'),
  ],
  'a qcow2 with an external data file': [
    'qcow2',
    /external data file/,
    (name) => make(name, 'qcow2', '-o', `data_file=${file(`${name}.data`)},data_file_raw=on`),
  ],
  'a qcow2 with features that nobody knows': [
    'qcow2',
    /features/,
    async (name) => patch(await make(name, 'qcow2'), 72, bytesOf(1n << 40n)),
  ],
  'a qcow2 of a version to come': [
    'qcow2',
    /version 9/,
    async (name) => patch(await make(name, 'qcow2'), 4, Buffer.from([0, 0, 0, 9])),
  ],
  'a qcow2 of an absurd size': [
    'qcow2',
    /not good/,
    async (name) => patch(await make(name, 'qcow2'), 24, bytesOf(1n << 62n)),
  ],
  'a qcow2 with a table where none can be': [
    'qcow2',
    /not good|format/,
    async (name) => patch(await make(name, 'qcow2'), 40, bytesOf(513n)),
  ],
  'a qcow2 that ends after its header': [
    'qcow2',
    /cut off|not good/,
    async (name) => {
      const path = await make(name, 'qcow2');
      await truncate(path, 80);
      return path;
    },
  ],
  'a qcow2 that is called raw': ['raw', /format qcow2/, (name) => make(name, 'qcow2')],
  'a VMDK that is called raw': ['raw', /format vmdk/, (name) => make(name, 'vmdk')],
  'a VHDX that is called raw': ['raw', /format vhdx/, (name) => make(name, 'vhdx')],
  'a VDI that is called raw': ['raw', /format vdi/, (name) => make(name, 'vdi')],
  'a QED that is called raw': ['raw', /format qed/, (name) => make(name, 'qed')],
  'a raw that is called qcow2': ['qcow2', /does not begin/, (name) => make(name, 'raw')],
  'a qcow2 that is called ISO': ['iso', /does not begin/, (name) => make(name, 'qcow2')],
  'a VMDK that is a text with the name of a file of the host': [
    'vmdk',
    /not one sparse file/,
    async (name) => {
      const lines = [
        'CID=1',
        'parentCID=ffffffff',
        'createType="monolithicFlat"',
        'RW 8 FLAT "/etc/passwd" 0',
      ];
      await writeFile(file(name), descriptor(lines).padEnd(4096, '\n'));
      return file(name);
    },
  ],
  'a VMDK whose descriptor names a flat file of the host': [
    'vmdk',
    /other files/,
    (name) => vmdkWith(name, [MONOLITHIC, 'RW 8 FLAT "/etc/passwd" 0']),
  ],
  'a VMDK whose descriptor names two files': [
    'vmdk',
    /other files/,
    (name) => vmdkWith(name, [MONOLITHIC, 'RW 8 SPARSE "a"', 'RW 8 SPARSE "b"']),
  ],
  'a VMDK with a parent': [
    'vmdk',
    /parent/,
    (name) => vmdkWith(name, [MONOLITHIC, 'parentCID=12345678', 'RW 8 SPARSE "a"']),
  ],
  'a VMDK of a kind that is several files': [
    'vmdk',
    /not one file/,
    (name) => vmdkWith(name, ['createType="twoGbMaxExtentFlat"', 'RW 8 SPARSE "a"']),
  ],
  'a VMDK whose header gives no size': [
    'vmdk',
    /no size/,
    async (name) => patch(await make(name, 'vmdk'), 12, Buffer.alloc(8)),
  ],
  'a VDI that is a difference to another': [
    'vdi',
    /neither/,
    async (name) => patch(await make(name, 'vdi'), 0x4c, Buffer.from([4, 0, 0, 0])),
  ],
  'a VHD that is a difference to another': [
    'vhd',
    /neither/,
    async (name) => patch(await make(name, 'vpc'), 60, Buffer.from([0, 0, 0, 4])),
  ],
};

describe.each(Object.entries(HOSTILE))('%s', (title, [format, reason, build]) => {
  it('is refused, for inspection and for conversion, and nothing is made of it', async () => {
    const path = await build(title.replaceAll(' ', '-'));
    const target = `${path}.out`;
    const refusal = { kind: 'bad-request', message: expect.stringMatching(reason) as string };
    await expect(inspectDiskImage(path, format)).rejects.toMatchObject(refusal);
    const converted = convertDiskImage({ path, format }, { path: target, format: 'raw' });
    await expect(converted).rejects.toMatchObject(refusal);
    await expect(stat(target)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('converting a disk image', () => {
  it.each<DiskFormat>(['qcow2', 'vmdk', 'vdi', 'vhdx'])('to %s and back keeps every byte', async (format) => {
    const raw = file(`bytes-${format}`);
    const bytes = Buffer.alloc(SIZE);
    bytes.fill('data', MIB, 2 * MIB);
    await writeFile(raw, bytes);
    const there = { path: `${raw}.there`, format: format as 'qcow2' };
    const back = { path: `${raw}.back`, format: 'raw' as const };
    await convertDiskImage({ path: raw, format: 'raw' }, there);
    await convertDiskImage(there, back);
    expect((await readFile(back.path)).equals(bytes)).toBe(true);
    expect((await inspectDiskImage(back.path, 'raw')).actualSize).toBeLessThan(3 * MIB); // holes stay holes
  });

  it('writes over what is in a target that is there, and tells how far it is', async () => {
    const source = await make('over.qcow2', 'qcow2');
    await writeFile(file('over.raw'), Buffer.alloc(SIZE, 'old'));
    const told: number[] = [];
    await convertDiskImage(
      { path: source, format: 'qcow2' },
      { path: file('over.raw'), format: 'raw' },
      { onProgress: (percent) => told.push(percent) },
    );
    expect((await readFile(file('over.raw'))).equals(Buffer.alloc(SIZE))).toBe(true);
    expect(told.at(-1)).toBe(100);
  });

  it('leaves nothing when it is stopped', async () => {
    const source = await make('stop.qcow2', 'qcow2');
    const target = { path: file('stop.raw'), format: 'raw' as const };
    const stop = new AbortController();
    const work = convertDiskImage({ path: source, format: 'qcow2' }, target, {
      signal: stop.signal,
      onProgress: () => stop.abort(),
    });
    await work.then(
      () => expect(stop.signal.aborted).toBe(true), // it was done when it was told
      async () => expect(stat(target.path)).rejects.toMatchObject({ code: 'ENOENT' }),
    );
  });
});

describe('the jail', () => {
  it('shows its programs nothing of the machine and no network', async () => {
    const { execInJail } = await import('./jail.ts');
    const limits = { memory: 2 ** 30, cpu: 5, time: 10, fileSize: 0 };
    const look = async (script: string) =>
      (await execInJail(['/bin/sh', '-c', script], { read: {}, limits })).stdout.trim();
    expect(await look('ls -d /*')).toBe('/bin\n/dev\n/lib\n/lib64\n/tmp\n/usr');
    expect(await look('cat /proc/net/dev 2>/dev/null || ls /sys 2>/dev/null || echo none')).toBe('none');
    expect(await look('ulimit -c; ulimit -f; ulimit -t')).toBe('0\n0\n5');
    expect(await look('env | sort')).toBe('LC_ALL=C\nPWD=/');
  });

  it('ends what takes too long', async () => {
    const { execInJail } = await import('./jail.ts');
    const limits = { memory: 2 ** 30, cpu: 1, time: 30, fileSize: 0 };
    const spin = execInJail(['/bin/sh', '-c', 'while :; do :; done'], { read: {}, limits });
    await expect(spin).rejects.toMatchObject({ kind: 'internal' });
  });
});
