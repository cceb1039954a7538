import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { describeFindings } from './doctor.ts';
import { duration, showProgress, table, type Output } from './output.ts';
import { describe as describeStatus } from './status.ts';

function capture(isTTY: boolean): { output: Output; text: () => string } {
  const err = Object.assign(new PassThrough(), { isTTY });
  return { output: { out: new PassThrough(), err }, text: () => String(err.read() ?? '') };
}

describe('progress', () => {
  it('is plain lines in a log', () => {
    const { output, text } = capture(false);
    const progress = showProgress(output);
    progress.begin('fill the jar');
    progress.end('fill the jar', 1.25);
    progress.fail('carry it');
    expect(text()).toBe('start  fill the jar\ndone   fill the jar (1.3 s)\nfailed carry it\n');
  });

  it('is one line that changes on a terminal', () => {
    const { output, text } = capture(true);
    const progress = showProgress(output);
    progress.begin('fill the jar');
    progress.end('fill the jar', 0.04);
    expect(text()).toMatch(/^… fill the jar\r.*✓.* fill the jar \(0\.0 s\)\n$/);
  });
});

it('a table has columns as wide as their widest cell', () => {
  expect(
    table([
      ['a', 'bb', ''],
      ['ccc', 'd', 'e'],
    ]),
  ).toEqual(['a    bb', 'ccc  d   e']);
});

it.each([
  [0, '0 s'],
  [59.9, '59 s'],
  [61, '1 min 1 s'],
  [7_200, '2 h'],
  [90_061, '1 d 1 h'],
])('%s seconds are %s', (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});

it('status shows each daemon, the API and what lacks a supervisor', () => {
  const daemon = { pid: 7, uptimeSeconds: 61, rssBytes: 2 ** 27 };
  const lines = describeStatus({
    ready: true,
    url: 'http://127.0.0.1:8780',
    api: 'ready',
    nodes: 1,
    services: { identity: 'ok', image: 'ok' },
    daemons: [
      { name: 'control', running: true, supervised: false, ...daemon },
      { name: 'node', running: false, supervised: true, ...daemon },
    ],
  });
  expect(lines[0]).toMatch(
    /^control +running +pid 7 +1 min 1 s +128 MiB +without a supervisor: run .\/hydria up$/,
  );
  expect(lines[1]).toBe('node     starting');
  expect(lines.slice(3)).toEqual(['services  identity, image', 'nodes     1']);
});

it('doctor counts what is wrong and gives each mend', () => {
  const bad = { name: 'b', ok: false, problem: 'it is off', mend: 'switch it on' };
  expect(describeFindings([{ name: 'a', ok: true }, bad])).toEqual([
    'ok    a',
    'WRONG b: it is off',
    '      mend: switch it on',
    '1 of 2 checks found something wrong.',
  ]);
});
