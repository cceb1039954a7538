import { mkdtemp, open, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Slot } from '#measures/slot.ts';
import { RingFile } from './ring-file.ts';

const BEGIN = Date.UTC(2030, 0, 1) / 1000;
const HOUR = 3600;

const slot = (at: number, cpu: number): Slot => ({
  at,
  count: 1,
  totals: { cpu, received: 1, sent: 2, read: 3, written: 4 },
  gauges: {
    cpuUtil: { sum: 50, min: 50, max: 50, last: 50 },
    memory: { sum: 8, min: 8, max: 8, last: 8 },
  },
});
const all = { from: 0, until: 2 ** 32 };

let folder: string;
let path: string;
let file: RingFile;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hydria-rings-'));
  path = join(folder, 'c1');
  file = await RingFile.open(path);
});
afterEach(async () => {
  await file.close();
  await rm(folder, { recursive: true });
});

const reopen = async () => {
  await file.close();
  file = await RingFile.open(path);
};

it('tells what it was told, also when it is opened again', async () => {
  await file.add(slot(BEGIN, 1e15 + 1));
  await file.add(slot(BEGIN + 10, 1e15 + 3));
  await reopen();
  expect(await file.read({ seconds: 10, ...all })).toEqual([
    slot(BEGIN, 1e15 + 1),
    slot(BEGIN + 10, 1e15 + 3),
  ]);
  expect(await file.read({ seconds: 10, from: BEGIN + 10, until: BEGIN + 10 })).toHaveLength(1);
});

it('goes on with a span that a process before it began', async () => {
  await file.add(slot(BEGIN, 1));
  await reopen();
  await file.add(slot(BEGIN + 50, 2));
  const [minute, ...others] = await file.read({ seconds: 60, ...all });
  expect(minute).toMatchObject({
    at: BEGIN,
    count: 2,
    totals: { cpu: 2 },
    gauges: { cpuUtil: { sum: 100 } },
  });
  expect(others).toEqual([]);
});

it('keeps an hour of the finest and more of the coarser, in a file that does not grow', async () => {
  const { size } = await stat(path);
  for (let at = 0; at < 2 * HOUR; at += 60) await file.add(slot(BEGIN + at, at));
  const fine = await file.read({ seconds: 10, ...all });
  expect([fine[0]?.at, fine.length]).toEqual([BEGIN + HOUR, 60]);
  const minutes = await file.read({ seconds: 60, ...all });
  expect([minutes[0]?.at, minutes.length]).toEqual([BEGIN, 120]);
  expect((await file.read({ seconds: 600, ...all })).map(({ count }) => count)).toEqual(Array(12).fill(10));
  expect((await stat(path)).size).toBe(size);
});

it('begins anew where the file is none of its own', async () => {
  await file.close();
  await writeFile(path, 'something else that is longer than a header');
  file = await RingFile.open(path);
  expect(await file.read({ seconds: 10, ...all })).toEqual([]);
});

it('takes a slot that was never written whole for none', async () => {
  await file.add(slot(BEGIN, 1));
  const raw = await open(path, 'r+');
  await raw.write(Buffer.alloc(8), 0, 8, 16 + ((BEGIN / 10) % 360) * 80);
  await raw.close();
  expect(await file.read({ seconds: 10, ...all })).toEqual([]);
});
