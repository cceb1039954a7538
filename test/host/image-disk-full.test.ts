import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { exec } from '#kernel/exec.ts';
import { FileImageStore } from '#drivers/image/file/driver.ts';
import { Staging } from '#services/image/service/staging.ts';
import { aCaller } from '#test/support/api.ts';
import { ImageRig } from '../api/image/image-rig.ts';

const MIB = 2 ** 20;
const BASE = '/image/v2/images';
const blue = aCaller('blue');
let small: string;

beforeAll(async () => {
  small = await mkdtemp(join(tmpdir(), 'hydria-full-'));
  await exec('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', small]);
});
afterAll(async () => {
  await exec('umount', [small]);
  await rm(small, { recursive: true });
});

async function upload(rig: ImageRig, mib: number) {
  const body = { name: 'img', disk_format: 'raw', container_format: 'bare' };
  const { id } = (await rig.api.post(BASE, { as: blue, body })).body as { id: string };
  const answer = await rig.api.put(`${BASE}/${id}/file`, {
    as: blue,
    body: Buffer.alloc(mib * MIB, 'x'),
    headers: { 'content-type': 'application/octet-stream' },
  });
  const image = (await rig.api.get(`${BASE}/${id}`, { as: blue })).body as { status: string };
  return { id, answer, image };
}

it('a disk that is full while data arrives refuses it with 413, holds nothing of it, and takes what fits', async () => {
  const staging = new Staging(join(small, 'staging'));
  await using rig = await ImageRig.start({ staging });
  const big = await upload(rig, 8);
  expect(big.answer.status).toBe(413);
  expect(big.answer.body.message).toMatch(/not enough space/);
  expect(big.image).toMatchObject({ status: 'queued', size: null });
  expect(await staging.list()).toEqual([]);
  const fits = await upload(rig, 2);
  expect([fits.answer.status, fits.image.status]).toEqual([204, 'active']);
});

it('a store that is full does the same', async () => {
  const store = new FileImageStore(join(small, 'store'));
  await using rig = await ImageRig.start({ stores: [{ id: 'small', description: '', store }] });
  const big = await upload(rig, 8);
  expect(big.answer.status).toBe(413);
  expect(big.image).toMatchObject({ status: 'queued', size: null });
  expect(await store.list()).toEqual([]);
  expect(await rig.files()).not.toContain(big.id);
  const fits = await upload(rig, 2);
  expect([fits.answer.status, fits.image.status]).toEqual([204, 'active']);
});

it('a piece that does not fit is refused and leaves those before it as they were', async () => {
  const staging = new Staging(join(small, 'pieces'));
  expect(await staging.append('image', 0, Buffer.alloc(MIB))).toBe(MIB);
  await expect(staging.append('image', MIB, Buffer.alloc(8 * MIB))).rejects.toMatchObject({
    kind: 'too-large',
  });
  expect(await staging.size('image')).toBe(MIB);
});
