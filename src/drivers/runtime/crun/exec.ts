import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { Clock } from '#kernel/clock.ts';
import { CloudError, conflict } from '#kernel/errors.ts';
import { start, type ChildProcess } from '#kernel/exec.ts';
import type { ExecOutcome, ExecRequest } from '../driver.ts';
import { sendSignal, type Cgroups } from '../conmon/cgroup.ts';
import { pidIn } from '../conmon/monitor.ts';
import type { WorkloadLayout } from '../conmon/layout.ts';
import { closeWriter, openPipe } from './pipe.ts';

export interface ExecDeps {
  readonly cgroups: Cgroups;
  readonly clock: Clock;
}

const FOLDER = 'exec-';
const NOT_FOUND = 127;
const NOT_EXECUTABLE = 126;
const LATE = Symbol('late');
/** How long to read on after the command's end: what it left running may hold the pipe for ever. */
const DRAIN_MS = 100;

/**
 * Runs one command in a running container. The exit code is the command's; or 127 or 126, with crun's words as output, when there is
 * no such program or it is none.
 * @throws CloudError `conflict` when the time is over; the command's whole session is killed then.
 */
export async function execIn(
  deps: ExecDeps,
  paths: WorkloadLayout,
  id: string,
  request: ExecRequest,
): Promise<ExecOutcome> {
  const folder = await makeFolder(paths);
  const pidFile = join(folder, 'pid');
  const pipe = await openPipe(join(folder, 'output'));
  const output = collect(pipe.reader, request.maxOutput);
  const over = new AbortController();
  const after = (ms: number) =>
    deps.clock.sleep(ms, over.signal).then(
      () => LATE,
      () => LATE,
    );
  try {
    const options = [
      '--pid-file',
      pidFile,
      '--process',
      await writeProcess(paths, folder, { args: request.args, terminal: false }),
    ];
    const args = ['--root', paths.root, 'exec', ...options, id];
    const child = start('crun', args, { stdio: ['ignore', pipe.writer, pipe.writer] });
    const ended = exitCode(child);
    closeWriter(pipe);
    const code = await Promise.race([ended, after(request.timeoutSeconds * 1000)]);
    if (typeof code !== 'number') {
      await killSession(deps.cgroups, id, child, await pidIn(pidFile));
      await ended;
      throw conflict(`The command did not end within ${request.timeoutSeconds} s and was killed.`);
    }
    await Promise.race([output.ended, after(DRAIN_MS)]);
    const ran = (await pidIn(pidFile)) !== undefined;
    return { output: output.text(), exitCode: ran ? code : failureCode(output.text()) };
  } finally {
    over.abort();
    pipe.reader.destroy();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Of one command: it has the command's process id while there is somebody to hear it. */
export const makeFolder = ({ scratch }: WorkloadLayout): Promise<string> => mkdtemp(join(scratch, FOLDER));

/** Ends the commands of a node that was killed. */
export async function endLeftCommands(cgroups: Cgroups, { scratch }: WorkloadLayout, id: string) {
  const names = await readdir(scratch).catch(() => []);
  for (const name of names.filter((entry) => entry.startsWith(FOLDER))) {
    const leader = await pidIn(join(scratch, name, 'pid'));
    if (leader !== undefined) await killSessionOf(cgroups, id, leader);
    await rm(join(scratch, name), { recursive: true, force: true });
  }
}

/** The workload's own process with other arguments. Without it, crun would run the command as root, in `/`, free to gain privileges. */
export async function writeProcess(
  paths: WorkloadLayout,
  folder: string,
  { args, terminal }: { readonly args: readonly string[]; readonly terminal: boolean },
): Promise<string> {
  const config = JSON.parse(await readFile(paths.config, 'utf8')) as { readonly process: OciProcess };
  const { process: own } = config;
  const env = terminal && !own.env.some(isTerm) ? [...own.env, 'TERM=xterm'] : own.env;
  const file = join(folder, 'process.json');
  await writeFile(file, JSON.stringify({ ...own, env, args, terminal }));
  return file;
}

interface OciProcess {
  readonly env: readonly string[];
}

const isTerm = (variable: string): boolean => variable.startsWith('TERM=');

export function exitCode(child: ChildProcess): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  child.once('error', (cause) => reject(new CloudError('internal', 'crun cannot be started.', { cause })));
  child.once('exit', (code) => resolve(code ?? NOT_EXECUTABLE));
  return promise;
}

export const failureCode = (words: string): number =>
  /not found|No such file/.test(words) ? NOT_FOUND : NOT_EXECUTABLE;

/** Killing crun alone would leave the command running, and killing the command alone its children. */
export async function killSession(
  cgroups: Cgroups,
  id: string,
  child: ChildProcess,
  leader: number | undefined,
): Promise<void> {
  if (leader === undefined || !(await killSessionOf(cgroups, id, leader))) child.kill('SIGKILL');
}

/** @returns whether there is such a process. */
async function killSessionOf(cgroups: Cgroups, id: string, leader: number): Promise<boolean> {
  const session = await sessionOf(leader);
  if (session === undefined) return false;
  for (const pid of await cgroups.processes(id))
    if ((await sessionOf(pid)) === session) sendSignal(pid, 'SIGKILL');
  return true;
}

/** Field 6 of proc_pid_stat(5); the command's name before it may hold anything. */
async function sessionOf(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[3];
}

function collect(stream: Readable, limit: number) {
  const chunks: Buffer[] = [];
  let size = 0;
  const ended = Promise.withResolvers<void>();
  stream.on('data', (chunk: Buffer) => {
    if (size < limit) chunks.push(chunk.subarray(0, limit - size));
    size += chunk.length;
  });
  stream.once('close', () => ended.resolve());
  return { ended: ended.promise, text: () => Buffer.concat(chunks).toString('utf8') };
}
