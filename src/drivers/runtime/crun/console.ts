import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { exec, start, type ChildProcess } from '#kernel/exec.ts';
import { consoleStream } from '../consoles/stream.ts';
import type { Console, InteractiveCommand, TerminalSize } from '../driver.ts';
import { pidIn } from '../conmon/monitor.ts';
import { exitCode, failureCode, killSession, makeFolder, writeProcess, type ExecDeps } from './exec.ts';
import type { WorkloadLayout } from '../conmon/layout.ts';
import { closeWriter, openPipe } from './pipe.ts';

/** What runs a command in a container, and where its words come out. */
interface Running {
  readonly child: ChildProcess;
  readonly output: Readable;
  /** Path of the terminal that crun was given, once it is there. */
  readonly terminal: Promise<string>;
}

interface Place {
  readonly folder: string;
  /** Of `crun`. */
  readonly args: readonly string[];
}

/** Of what the program said, enough to find out why it is none. */
const WORDS = 4096;
/** crun announces a command by a file alone. */
const BEGIN_POLL_MS = 5;

/** A command in a running container that somebody talks to: see `ExecAbility.open`. */
export async function openIn(
  deps: ExecDeps,
  paths: WorkloadLayout,
  id: string,
  command: InteractiveCommand,
): Promise<Console> {
  const folder = await makeFolder(paths);
  const pidFile = join(folder, 'pid');
  const process = await writeProcess(paths, folder, { ...command, terminal: command.terminal !== null });
  const args = ['--root', paths.root, 'exec', '--pid-file', pidFile, '--process', process, id];
  const place = { folder, args };
  const running = command.terminal ? withTerminal(place, command.terminal) : await withPipes(place);
  const { child, output } = running;
  const input = child.stdin as Writable;
  input.on('error', () => {}); // the command may have closed it
  let words = '';
  const ended = exitCode(child)
    .then(async (code) => ((await pidIn(pidFile)) === undefined ? failureCode(words) : code))
    .catch(() => null);
  void ended.then(() => rm(folder, { recursive: true, force: true }));
  const stream = consoleStream({
    output: heard(output, (said) => (words = (words + said).slice(0, WORDS))),
    write: (bytes) => written(input, bytes),
    end: () => input.end(),
    hangUp: () => void hangUp(deps, id, child, pidFile),
  });
  return {
    stream,
    ended,
    resize: (size) => resize(running, size, () => begun(deps, id, { child, pidFile })),
  };
}

async function withPipes({ folder, args }: Place): Promise<Running> {
  const pipe = await openPipe(join(folder, 'output'));
  const child = start('crun', args, { stdio: ['pipe', pipe.writer, pipe.writer] });
  closeWriter(pipe);
  return { child, output: pipe.reader, terminal: Promise.resolve('') };
}

/** script(1) has the terminal that crun wants and Node.js cannot make. Its command is this text; what differs comes in the environment. */
const UNDER_TERMINAL = `stty rows "$ROWS" cols "$COLS"; tty >&3; exec crun --root "$ROOT" exec --tty --pid-file "$PID_FILE" --process "$PROCESS" "$ID" 3>&-`;

function withTerminal({ args }: Place, { rows, columns }: TerminalSize): Running {
  const [, root = '', , , pidFile = '', , process = '', id = ''] = args;
  const child = start(
    'script',
    ['--quiet', '--return', '--flush', '--command', UNDER_TERMINAL, '/dev/null'],
    {
      env: {
        PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
        SHELL: '/bin/sh',
        ROWS: String(rows),
        COLS: String(columns),
        ROOT: root,
        PID_FILE: pidFile,
        PROCESS: process,
        ID: id,
      },
      stdio: ['pipe', 'pipe', 'ignore', 'pipe'],
    },
  );
  const terminal = firstWords(child.stdio[3] as Readable);
  return { child, output: child.stdout as Readable, terminal };
}

/**
 * crun copies the size of its terminal to the command's as it begins, and again when it hears of a change; between the two it is deaf, so
 * the command's own terminal is told as well.
 */
async function resize(
  { child, terminal }: Running,
  size: TerminalSize,
  command: () => Promise<number | undefined>,
): Promise<void> {
  const path = await terminal;
  if (path === '') return;
  const tell = (file: string) =>
    exec('stty', ['-F', file, 'rows', String(size.rows), 'cols', String(size.columns)]);
  if (child.exitCode === null) await tell(path);
  const pid = await command();
  // It may be gone by now, or have put something else in its terminal's place.
  if (pid !== undefined) await tell(`/proc/${pid}/fd/0`).catch(() => {});
}

/** The number of the command, once it is there; undefined when it has ended. */
async function begun(
  { cgroups, clock }: ExecDeps,
  id: string,
  { child, pidFile }: { readonly child: ChildProcess; readonly pidFile: string },
): Promise<number | undefined> {
  while (child.exitCode === null && child.signalCode === null) {
    const pid = await pidIn(pidFile);
    if (pid !== undefined) return (await cgroups.holds(id, pid)) ? pid : undefined;
    await clock.sleep(BEGIN_POLL_MS);
  }
  return undefined;
}

async function hangUp(deps: ExecDeps, id: string, child: ChildProcess, pidFile: string): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  await killSession(deps.cgroups, id, child, await pidIn(pidFile));
}

/** script holds the pipe as long as it runs, so there is no end to wait for. */
async function firstWords(stream: Readable): Promise<string> {
  for await (const words of stream) return String(words).trim();
  return '';
}

async function* heard(output: Readable, listen: (said: string) => void): AsyncGenerator<Uint8Array> {
  for await (const chunk of output as AsyncIterable<Buffer>) {
    listen(chunk.toString('latin1', 0, WORDS));
    yield chunk;
  }
}

/** Resolves also when it can no longer be written. */
function written(input: Writable, bytes: Uint8Array): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (input.writable) input.write(bytes, () => resolve());
  else resolve();
  return promise;
}
