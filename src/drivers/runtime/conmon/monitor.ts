import { once } from 'node:events';
import { closeSync, constants, existsSync, openSync, readSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { badRequest, CloudError } from '#kernel/errors.ts';
import { exec, start } from '#kernel/exec.ts';
import { sendSignal } from './cgroup.ts';
import type { HostLayout, WorkloadLayout } from './layout.ts';

export interface MonitorOptions {
  readonly id: string;
  readonly tty: boolean;
  readonly stdin: boolean;
  readonly stdinOnce: boolean;
  readonly maxLogBytes: number;
  readonly silent: boolean;
  /** See `Engine`. */
  readonly runtime: readonly [string, ...string[]];
}

/** Makes the fifo on which the next monitor says how the start went, unless an earlier start made it. */
export async function makeReport({ report }: WorkloadLayout): Promise<void> {
  if (!existsSync(report)) await exec('mkfifo', ['-m', '600', report]);
}

/**
 * conmon is a workload's parent: it holds the log, the terminal and the exit code, and outlives the node. It daemonizes, has crun
 * make and start the container, and says on a fifo that it runs, or why it cannot. conmon gives up when it cannot say so; it has
 * the fifo's reading end open itself, so that it can, even after the node was killed.
 * @throws CloudError `bad-request` with crun's words when the image has no such program or folder, else `internal`.
 */
export async function launchMonitor(
  host: HostLayout,
  paths: WorkloadLayout,
  options: MonitorOptions,
): Promise<void> {
  const report = openSync(paths.report, constants.O_RDWR);
  const child = start('conmon', monitorArgs(host, paths, options), {
    cwd: paths.dir,
    env: {
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      TZ: 'UTC',
      _OCI_SYNCPIPE: '3',
    },
    stdio: ['ignore', 'ignore', 'pipe', report],
  });
  const sync = openReport(paths);
  closeSync(report);
  const complaint = text(child.stderr as Readable);
  // The process that was started writes the monitor's pid file and ends: before that, nothing of it may be taken away.
  const forked = once(child, 'exit').catch((cause: unknown) => {
    throw new CloudError('internal', 'conmon cannot be started.', { cause });
  });
  try {
    const [line] = await Promise.all([firstLine(sync), forked]);
    if (line === undefined) throw new CloudError('internal', `conmon: ${await complaint}`);
    readReport(line);
  } finally {
    sync.destroy();
  }
}

const openReport = ({ report }: WorkloadLayout): Socket =>
  new Socket({
    fd: openSync(report, constants.O_RDONLY | constants.O_NONBLOCK),
    readable: true,
    writable: false,
  });

/**
 * Resolves when a start that nobody waits for any more is over, however it went; at once when there is none. To be asked only before
 * there is a pid file: of a start that was heard of comes no second report.
 */
export async function startIsOver(paths: WorkloadLayout): Promise<void> {
  if (!hasReader(paths.report)) return;
  const sync = openReport(paths);
  await firstLine(sync);
  sync.destroy();
}

/** Whether a monitor has its fifo open, which it has from its first moment. */
function hasReader(fifo: string): boolean {
  try {
    closeSync(openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK));
    return true;
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === 'ENXIO' || code === 'ENOENT') return false;
    throw thrown;
  }
}

function monitorArgs(host: HostLayout, paths: WorkloadLayout, options: MonitorOptions): readonly string[] {
  const [program, ...first] = options.runtime;
  return [
    '--api-version=1',
    `--cid=${options.id}`,
    `--cuuid=${options.id}`,
    `--name=${options.id}`,
    `--runtime=${program}`,
    ...first.map((arg) => `--runtime-arg=${arg}`),
    `--runtime-arg=--root=${paths.root}`,
    '--runtime-arg=--cgroup-manager=cgroupfs',
    `--bundle=${paths.dir}`,
    `--container-pidfile=${paths.pid}`,
    `--conmon-pidfile=${paths.conmonPid}`,
    `--exit-dir=${host.exits}`,
    options.silent ? '--log-path=none:' : `--log-path=k8s-file:${paths.log}`,
    `--log-size-max=${options.maxLogBytes}`,
    // A log line that a power cut takes is worth less than a disk's flush at every exit.
    '--no-sync-log',
    '--full-attach',
    ...(options.tty ? ['--terminal'] : []),
    ...(options.stdin ? ['--stdin'] : []),
    ...(options.stdin && !options.stdinOnce ? ['--leave-stdin-open'] : []),
  ];
}

async function firstLine(stream: Readable): Promise<string | undefined> {
  for await (const line of createInterface({ input: stream })) return line;
  return undefined;
}

/** What is said at once to a fifo is never cut up to here (PIPE_BUF). */
const CONTROL_BYTES = 4_096;

/** The image's or the user's fault, not the machine's. */
const USER_FAULT = /executable|chdir|cwd|working directory|Exec format/i;

function readReport(line: string): void {
  const report = JSON.parse(line) as { readonly data?: number; readonly message?: string };
  if ((report.data ?? -1) > 0) return;
  const message = report.message?.trim() || 'crun could not make the container.';
  throw USER_FAULT.test(message) ? badRequest(message) : new CloudError('internal', message);
}

/** Whether a monitor is there. */
export function monitorLives(paths: WorkloadLayout): boolean {
  const fd = openControl(paths);
  if (fd !== undefined) closeSync(fd);
  return fd !== undefined;
}

/** Resolves when there is no monitor any more, and so no process of the workload whose exit it could still write. */
export function monitorGone(paths: WorkloadLayout): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const fd = openControl(paths);
  if (fd === undefined) resolve();
  else new Socket({ fd, readable: true, writable: false }).once('close', () => resolve()).resume();
  return promise;
}

/** Kills a monitor that never got to its end, the only one which does not go by itself. */
export async function killMonitor(paths: WorkloadLayout, id: string): Promise<void> {
  const pid = await monitorPid(paths);
  if (pid === undefined) return;
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  if (command.includes(`\0--cid=${id}\0`)) sendSignal(pid, 'SIGKILL');
}

export const monitorPid = (paths: WorkloadLayout): Promise<number | undefined> => pidIn(paths.conmonPid);

/** The number in a pid file. */
export const pidIn = (file: string): Promise<number | undefined> =>
  readFile(file, 'utf8').then(
    (content) => Number.parseInt(content, 10) || undefined,
    () => undefined,
  );

/**
 * A monitor keeps its control fifo open for writing while it lives: no writer, no monitor.
 * @returns a descriptor on which the end of the last writer can be awaited; undefined when there is none, since then no end comes.
 */
function openControl(paths: WorkloadLayout): number | undefined {
  let fd: number | undefined;
  try {
    fd = openSync(paths.ctl, constants.O_RDONLY | constants.O_NONBLOCK);
    const said = Buffer.alloc(CONTROL_BYTES);
    const length = readSync(fd, said);
    if (length > 0) {
      // A fifo keeps what was said only while somebody has it open; the monitor has yet to hear it.
      writeFileSync(paths.ctl, said.subarray(0, length), { flag: 'r+' });
      return fd;
    }
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === 'EAGAIN') return fd;
    if (code !== 'ENOENT') throw thrown;
  }
  if (fd !== undefined) closeSync(fd);
  return undefined;
}
