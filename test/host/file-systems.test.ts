import { randomUUID } from 'node:crypto';
import { mkdtemp, open, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LinuxFileSystems } from '#drivers/filesystem/linux/driver.ts';
import { exec } from '#kernel/exec.ts';

const MIB = 1 << 20;

let folder: string;
let device: string;
let driver: LinuxFileSystems;
let id: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hydria-file-systems-'));
  const file = join(folder, 'volume');
  await writeFile(file, '');
  await truncate(file, 64 * MIB);
  device = (await exec('losetup', ['--find', '--show', file])).stdout.trim();
  driver = new LinuxFileSystems(join(folder, 'mounts'));
  id = randomUUID();
});

afterEach(async () => {
  await driver.unmount(id);
  await exec('losetup', ['--detach', device]);
  await rm(folder, { recursive: true });
});

const mount = (mode: 'rw' | 'ro' = 'rw') => driver.mount(id, device, mode);
const put = (text: string) => writeFile(join(driver.pathOf(id), 'file'), text);
const got = () => readFile(join(driver.pathOf(id), 'file'), 'utf8');

describe('the file system of a volume', () => {
  it('is made at its first use alone, and keeps what is written', async () => {
    await mount();
    await put('kept');
    await mount();
    expect([...(await driver.list())]).toEqual([[id, 'rw']]);
    await driver.unmount(id);
    await driver.unmount(id);
    expect([...(await driver.list())]).toEqual([]);
    await mount('ro');
    expect(await got()).toBe('kept');
    await expect(put('lost')).rejects.toMatchObject({ code: 'EROFS' });
    await mount('rw');
    await put('again');
    expect(await new LinuxFileSystems(join(folder, 'mounts')).list()).toEqual(new Map([[id, 'rw']]));
  });

  it.each([
    ['data without a name', ['sh', '-c', 'echo data | dd of=$0 bs=1 seek=70000 conv=notrunc']],
    ['data at its end', ['sh', '-c', 'echo data | dd of=$0 bs=1M seek=63 conv=notrunc']],
    ['swap space', ['mkswap']],
    ['a partition table', ['sh', '-c', String.raw`printf '\125\252' | dd of=$0 bs=1 seek=510 conv=notrunc`]],
  ])('is not made over %s', async (_, [program = '', ...args]) => {
    await exec(program, [...args, device]);
    const before = await digest();
    await expect(mount()).rejects.toMatchObject({ kind: 'bad-request' });
    expect(await digest()).toBe(before);
    expect([...(await driver.list())]).toEqual([]);
  });

  it('is not made where nothing may be written', async () => {
    await expect(mount('ro')).rejects.toMatchObject({ kind: 'bad-request' });
  });

  it('whose making was cut off is made again', async () => {
    await mount();
    await driver.unmount(id);
    await writeFile(`${driver.pathOf(id)}.new`, '');
    await scribble(0);
    await mount();
    await put('fine');
    expect(await got()).toBe('fine');
    await rm(`${driver.pathOf(id)}.new`, { force: true });
  });

  it('that is unclean is mended, and one beyond that is left to its owner', async () => {
    await mount();
    await put('kept');
    await driver.unmount(id);
    await exec('tune2fs', ['-E', 'force_fsck', device]);
    await mount();
    expect(await got()).toBe('kept');
    await driver.unmount(id);
    await exec('debugfs', ['-w', '-R', 'clri <2>', device]);
    await exec('tune2fs', ['-E', 'force_fsck', device]);
    await expect(mount()).rejects.toMatchObject({ kind: 'bad-request' });
  });

  it('is let go only when nothing is open in it', async () => {
    await mount();
    await put('kept');
    const file = await open(join(driver.pathOf(id), 'file'));
    await expect(driver.unmount(id)).rejects.toMatchObject({ kind: 'conflict' });
    await file.close();
    await driver.unmount(id);
    expect([...(await driver.list())]).toEqual([]);
  });
});

const digest = async (): Promise<string> =>
  (await exec('sha256sum', [join(folder, 'volume')])).stdout.split(' ')[0] ?? '';

/** Some bytes that no file system knows, where its first words are. */
async function scribble(position: number): Promise<void> {
  const file = await open(device, 'r+');
  await file.write(Buffer.alloc(8192, 0x5a), 0, 8192, position);
  await file.sync();
  await file.close();
}
