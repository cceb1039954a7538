import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { LogQuery } from '../driver.ts';
import { beginLog, readLog } from './logs.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hydria-log-'));
});
afterEach(() => rm(folder, { recursive: true }));

const EVERYTHING: LogQuery = { stdout: true, stderr: true, tail: null, since: null };

async function read(content: string, query: Partial<LogQuery> = {}) {
  const file = join(folder, 'log');
  await beginLog(file);
  await appendFile(file, content);
  return readAndRemove(file, query);
}

async function readAndRemove(file: string, query: Partial<LogQuery> = {}) {
  const lines = await Array.fromAsync(readLog(file, { ...EVERYTHING, ...query }));
  await rm(file);
  return lines;
}

const at = (nanos: string) => `2026-01-02T03:04:05.${nanos}`;
const LOG = [
  `${at('100000000')}+00:00 stdout F first`,
  `${at('100000001')}+00:00 stderr P be`,
  `${at('100000002')}+00:00 stdout F `,
  `${at('100000003')}+00:00 stderr F gun`,
  `${at('100000004')}+00:00 stdout P no end`,
  '',
].join('\n');

it('joins the parts of a line, each stream for itself, and keeps what was never ended', async () => {
  expect(await read(LOG)).toEqual([
    { time: `${at('100000000')}Z`, stream: 'stdout', text: 'first' },
    { time: `${at('100000002')}Z`, stream: 'stdout', text: '' },
    { time: `${at('100000001')}Z`, stream: 'stderr', text: 'begun' },
    { time: `${at('100000004')}Z`, stream: 'stdout', text: 'no end' },
  ]);
});

it('compares times to the nanosecond, whatever their offset', async () => {
  const texts = async (since: string) => (await read(LOG, { since, stderr: false })).map((line) => line.text);
  expect(await texts(`${at('100000000')}Z`)).toEqual(['', 'no end']);
  expect(await texts(`${at('1')}Z`)).toEqual(['', 'no end']);
  expect(await texts('2026-01-02T05:04:05.100000002+02:00')).toEqual(['no end']);
  expect(await texts('2026-01-02T03:04:05Z')).toEqual(['first', '', 'no end']);
});

it('gives the last lines of the chosen stream', async () => {
  expect((await read(LOG, { tail: 1, stdout: false })).map((line) => line.text)).toEqual(['begun']);
  expect(await read(LOG, { tail: 0 })).toEqual([]);
});

it('passes over what is no record and what is still being written', async () => {
  expect(await read(`nonsense\n${at('1')}+00:00 stdout F whole\n${at('2')}+00:00 stdo`)).toHaveLength(1);
});

it('keeps carriage returns and line separators inside a line', async () => {
  const [line] = await read(`${at('1')}+00:00 stdout F 10%\r20%\u2028done\n`);
  expect(line?.text).toBe('10%\r20%\u2028done');
});

it('takes a missing file for an empty log', async () => {
  expect(await Array.fromAsync(readLog(join(folder, 'none'), EVERYTHING))).toEqual([]);
});

it("leaves out what may be the rest of a line, when the log's beginning was cut off", async () => {
  const file = join(folder, 'log');
  const records = ['stdout P he', 'stderr F oh', 'stdout F llo', 'stdout F whole', 'stderr F dear'];
  await writeFile(
    file,
    records.map((record, second) => `2026-01-02T03:04:0${second}+00:00 ${record}\n`).join(''),
  );
  expect((await readAndRemove(file)).map(({ text }) => text)).toEqual(['whole', 'dear']);
});

it('begins a log once', async () => {
  const file = join(folder, 'log');
  await beginLog(file);
  await appendFile(file, `${at('1')}+00:00 stdout F kept\n`);
  await beginLog(file);
  expect((await readAndRemove(file)).map(({ text }) => text)).toEqual(['kept']);
});
