import { appendFile, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { LogQuery } from '../driver.ts';
import { beginLog, followLog, readLog } from './logs.ts';
import { keepOlder, keepSegments } from './segments.ts';

const EVERYTHING: LogQuery = { stdout: true, stderr: true, tail: null, since: null };
const PAD = 'x'.repeat(1 << 20);
const TIME = '2026-01-02T03:04:05.1+00:00';

let folder: string;
let log: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hydria-log-'));
  log = join(folder, 'log');
  await beginLog(log);
  keepSegments(log);
});
afterEach(() => rm(folder, { recursive: true }));

const say = (text: string, tag = 'F') => appendFile(log, `${TIME} stdout ${tag} ${text}\n`);
const fill = () => appendFile(log, `${TIME} nothing ${PAD}\n`);
/** As conmon does it. */
async function replace(): Promise<void> {
  await writeFile(`${log}.tmp`, '');
  await rename(`${log}.tmp`, log);
}
const texts = async (query: Partial<LogQuery> = {}) =>
  (await Array.fromAsync(readLog(log, { ...EVERYTHING, ...query }))).map((line) => line.text);
/** Until the file system's clock has gone on, and a new file is seen to be newer. */
async function tick(): Promise<void> {
  const probe = join(folder, 'probe');
  const born = async () => {
    await rm(probe, { force: true });
    await writeFile(probe, '');
    return (await stat(probe, { bigint: true })).birthtimeNs;
  };
  const first = await born();
  while ((await born()) === first);
  await rm(probe);
}

it('reads on across what was replaced, a line that was cut in two as one', async () => {
  await say('one');
  await say('tw', 'P');
  await fill();
  await replace();
  await say('o');
  await say('three');
  expect(await texts()).toEqual(['one', 'two', 'three']);
  expect(await texts({ tail: 2 })).toEqual(['two', 'three']);
});

it('keeps a number of files, the newest', async () => {
  for (const text of ['a', 'b', 'c', 'd', 'e']) {
    await say(text);
    await fill();
    await replace();
    keepSegments(log);
  }
  await say('f');
  expect(await texts()).toEqual(['e', 'f']); // the first line of what begins amid the log may be another's rest
  expect((await readdir(folder)).toSorted()).toEqual(['log', 'log.1', 'log.2', 'log.held']);
});

it('keeps nothing from before a gap', async () => {
  await say('old');
  await fill();
  await replace();
  await say('missed');
  await fill();
  await tick();
  await replace();
  await say('rest');
  await say('new');
  expect(await texts()).toEqual(['new']);
});

it('goes on after a crash amid the moves, and forgets what may not belong together', async () => {
  await say('one');
  await fill();
  await replace();
  await say('two');
  await rename(`${log}.held`, `${log}.1`); // and then killed
  await say('three');
  keepSegments(log);
  expect(await texts()).toEqual(['three']);
  expect((await readdir(folder)).toSorted()).toEqual(['log', 'log.held']);
});

it('follows a slow reader through all that was kept', async () => {
  await say('one');
  const last = new AbortController();
  const { signal } = new AbortController();
  const lines = followLog(log, EVERYTHING, { last: last.signal, signal });
  const seen = [(await lines.next()).value?.text];
  for (const text of ['two', 'three']) {
    await fill();
    await replace();
    keepSegments(log);
    await say(text);
  }
  last.abort();
  for await (const { text } of lines) seen.push(text);
  expect(seen).toEqual(['one', 'two', 'three']);
});

it('does nothing where there is no log', () => {
  expect(() => keepSegments(join(folder, 'none'))).not.toThrow();
});

it.each([
  [1, ['four']],
  [2, ['three', 'four']],
  [null, ['two', 'three', 'four']],
])('keeps as many files as it may: %s', async (files, kept) => {
  keepOlder(log, files);
  for (const text of ['one', 'two', 'three', 'four']) {
    await say('perhaps the rest of another line');
    await say(text);
    if (text === 'four') break;
    await fill();
    await tick();
    await replace();
    keepSegments(log);
  }
  const kinds = (await texts()).filter((text) => !text.startsWith('perhaps'));
  expect(kinds).toEqual(kept);
});

it('lets go at once of what is too much by now', async () => {
  await say('one');
  await fill();
  await tick();
  await replace();
  keepSegments(log);
  await say('perhaps the rest of another line');
  await say('two');
  keepOlder(log, 1);
  expect(await texts()).toEqual(['two']);
});
