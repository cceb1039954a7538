import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ChildProcess } from 'node:child_process';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { start } from '#kernel/exec.ts';
import { findText } from './files.ts';
import { allGone, isAlive, listProcesses } from './processes.ts';

const SCRIPT = join(import.meta.dirname, 'supervise.sh');
const WAIT = { timeout: 10_000, interval: 10 };

let directory: string;
let supervisors: ChildProcess[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'supervise-'));
});

afterEach(async () => {
  await Promise.all(supervisors.map(stop));
  supervisors = [];
  await rm(directory, { recursive: true });
});

/** A daemon in sh; supervised, it says what it does in its log. */
async function supervise(program: string, environment: Readonly<Record<string, string>> = {}) {
  const daemon = join(directory, 'daemon.sh');
  await writeFile(daemon, program);
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  const child = start('env', [...variables, SCRIPT, 'dummy', directory, directory, 'sh', daemon], {
    detached: true,
    stdio: 'ignore',
  });
  supervisors.push(child);
  return child;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}

/** What still works on this test's log. */
const helpers = async () =>
  (await listProcesses()).filter(({ args }) => args.includes(join(directory, 'dummy.log')));

const log = async () => (await findText(join(directory, 'dummy.log'))) ?? '';

const daemonPid = (other = 0) =>
  vi.waitFor(async () => {
    const pid = Number(await readFile(join(directory, 'dummy.pid'), 'utf8'));
    expect(pid).toBeGreaterThan(0);
    expect(pid).not.toBe(other);
    return pid;
  }, WAIT);

const logSays = (text: string) => vi.waitFor(async () => expect(await log()).toContain(text), WAIT);

const POLITE = `trap 'echo goodbye; exit 0' TERM; echo ready; while :; do sleep 0.02; done`;

it('starts the daemon and keeps its output', async () => {
  await supervise(POLITE);
  await logSays('ready');
  expect(isAlive(await daemonPid())).toBe(true);
});

it('starts a killed daemon again at once', async () => {
  await supervise(POLITE);
  await logSays('ready');
  const first = await daemonPid();
  process.kill(first, 'SIGKILL');
  const second = await daemonPid(first);
  expect(isAlive(second)).toBe(true);
  expect(await log()).toMatch(/"daemon ended".*"code":137,"restartIn":0/);
});

it('pauses longer and longer for a daemon that ends at once', async () => {
  await supervise('echo attempt; exit 3');
  await logSays('"restartIn":2');
  expect((await log()).match(/"restartIn":\d+/g)).toEqual([
    '"restartIn":0',
    '"restartIn":1',
    '"restartIn":2',
  ]);
});

it('ends at once on TERM, also in a pause between two attempts', async () => {
  const supervisor = await supervise('exit 3');
  await logSays('"restartIn":1');
  supervisor.kill('SIGTERM');
  expect(await once(supervisor, 'exit')).toEqual([0, null]);
});

it('passes TERM on, waits for the daemon and leaves no process and no pid file', async () => {
  const supervisor = await supervise(POLITE);
  await logSays('ready');
  const pid = await daemonPid();
  supervisor.kill('SIGTERM');
  expect(await once(supervisor, 'exit')).toEqual([0, null]);
  expect(await log()).toContain('goodbye');
  expect(await allGone([pid], 0)).toBe(true);
  expect(await helpers()).toEqual([]);
  expect(await findText(join(directory, 'dummy.pid'))).toBeUndefined();
});

it('ends on a TERM that comes as soon as a daemon was begun', async () => {
  for (let round = 0; round < 20; round++) {
    const supervisor = await supervise(POLITE);
    const pid = await daemonPid();
    supervisor.kill('SIGTERM');
    expect(await once(supervisor, 'exit')).toEqual([0, null]);
    expect(await allGone([pid], 0)).toBe(true);
  }
  expect(await readdir(directory)).not.toContain('dummy.stop');
});

it('leaves the daemon running when it is killed itself', async () => {
  const supervisor = await supervise(POLITE, { LOG_INTERVAL: '0.05' });
  await logSays('ready');
  const pid = await daemonPid();
  supervisor.kill('SIGKILL');
  await once(supervisor, 'exit');
  expect(isAlive(pid)).toBe(true);
  process.kill(pid, 'SIGTERM');
  expect(await allGone([pid], 5_000)).toBe(true);
  await vi.waitFor(async () => expect(await helpers()).toEqual([]), WAIT);
});

it('refuses to be the second supervisor of one daemon', async () => {
  await supervise(POLITE);
  await logSays('ready');
  const second = await supervise(POLITE);
  expect(await once(second, 'exit')).toEqual([75, null]);
});

it('cuts a log that grew too large and keeps the part before', async () => {
  // Until it is cut, and then a line more: a second cut would take the first part away.
  const line = 'echo 0123456789; sleep 0.01';
  const wasCut = `grep -q first ${directory}/dummy.log.1 2>/dev/null`;
  await supervise(`echo first; until ${wasCut}; do ${line}; done; ${line}; exec sleep 100`, {
    LOG_LIMIT: '200',
    LOG_INTERVAL: '0.05',
  });
  await vi.waitFor(
    async () => expect(await findText(join(directory, 'dummy.log.1'))).toContain('first'),
    WAIT,
  );
  await vi.waitFor(async () => expect(await log()).toMatch(/^0123456789\n/), WAIT);
  expect(await log()).not.toContain('first');
});
