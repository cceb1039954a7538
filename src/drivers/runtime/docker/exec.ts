import type { Duplex } from 'node:stream';
import type { Exec } from 'dockerode';
import type { Clock } from '#kernel/clock.ts';
import { conflict } from '#kernel/errors.ts';
import { locate } from '../archive/jail.ts';
import { consoleStream } from '../consoles/stream.ts';
import type { Console, ExecOutcome, ExecRequest, InteractiveCommand, TerminalSize } from '../driver.ts';
import { ignoring, type Engine } from './engine.ts';
import { bytesOf } from './frames.ts';
import { namesOf } from './handle.ts';
import type { Watch } from './watch.ts';

export interface ExecDeps {
  readonly engine: Engine;
  readonly watch: Watch;
  readonly clock: Clock;
}

/** A workload that runs. */
export interface ExecPlace {
  readonly id: string;
  readonly pid: number;
}

interface Command {
  readonly exec: Exec;
  readonly socket: Duplex;
  /** The exit code; null when Docker went away meanwhile. */
  readonly ended: Promise<number | null>;
}

/** How long to read on after the command's end: what it left running may hold the stream for ever. */
const DRAIN_MS = 100;
const LATE = Symbol('late');

/**
 * Runs one command in a running container.
 * @throws CloudError `conflict` when the time is over; the command's whole session is killed then.
 */
export async function execIn(deps: ExecDeps, place: ExecPlace, request: ExecRequest): Promise<ExecOutcome> {
  const command = await begin(deps, place, { args: request.args, tty: false, stdin: false });
  const output = collect(bytesOf(command.socket, false), request.maxOutput);
  const over = new AbortController();
  const after = (ms: number) =>
    deps.clock.sleep(ms, over.signal).then(
      () => LATE,
      () => LATE,
    );
  try {
    const code = await Promise.race([command.ended, after(request.timeoutSeconds * 1000)]);
    if (code === LATE) {
      await killSession(deps, place.id, command.exec);
      await command.ended;
      throw conflict(`The command did not end within ${request.timeoutSeconds} s and was killed.`);
    }
    if (code === null) throw conflict('Docker went away while the command ran.');
    await Promise.race([output.ended, after(DRAIN_MS)]);
    return { output: output.text(), exitCode: Number(code) };
  } finally {
    over.abort();
    command.socket.destroy();
  }
}

/** A command in a running container that somebody talks to: see `ExecAbility.open`. */
export async function openIn(
  deps: ExecDeps,
  place: ExecPlace,
  { args, terminal }: InteractiveCommand,
): Promise<Console> {
  const tty = terminal !== null;
  const { exec, socket, ended } = await begin(deps, place, { args, tty, stdin: true });
  let isOver = false;
  void ended.then(() => (isOver = true));
  const resize = async ({ rows, columns }: TerminalSize): Promise<void> => {
    if (!tty || isOver) return;
    await deps.engine.ask(() => exec.resize({ h: rows, w: columns })).catch(() => {}); // it may have ended
  };
  if (terminal) await resize(terminal);
  const hangUp = async (): Promise<void> => {
    if (!isOver) await killSession(deps, place.id, exec);
    socket.destroy();
  };
  const stream = consoleStream({
    output: bytesOf(socket, tty),
    write: (bytes) => written(socket, bytes),
    end: () => void socket.end(),
    hangUp: () => void hangUp().catch(() => {}),
  });
  return { stream, ended, resize };
}

interface Beginning {
  readonly args: readonly string[];
  readonly tty: boolean;
  readonly stdin: boolean;
}

async function begin(deps: ExecDeps, place: ExecPlace, { args, tty, stdin }: Beginning): Promise<Command> {
  const { engine, watch } = deps;
  await watch.open();
  const exec = await engine.ask(async (docker) =>
    docker.getContainer(namesOf(place.id).workload).exec({
      Cmd: tty ? [...args] : await inOnePipe(place.pid, args),
      AttachStdin: stdin,
      AttachStdout: true,
      AttachStderr: true,
      Tty: tty,
      ...(tty ? { Env: ['TERM=xterm'] } : {}),
    }),
  );
  const death = watch.command(exec.id);
  const socket = await engine.ask(() => exec.start({ hijack: true, stdin, Tty: tty }));
  socket.on('error', () => {}); // told by its end
  const closed = Promise.withResolvers<void>();
  socket.once('end', closed.resolve).once('close', closed.resolve);
  const ended = Promise.race([death.ended, closed.promise.then(() => codeOf(engine, exec, death.ended))])
    .catch(() => null)
    .finally(death.forget);
  return { exec, socket, ended };
}

/** Of what never began there is no event; and the stream of what left children behind does not end with it. */
async function codeOf(engine: Engine, exec: Exec, ended: Promise<number>): Promise<number> {
  const { Running, ExitCode } = await engine.ask(() => exec.inspect());
  return Running || ExitCode === null ? ended : ExitCode;
}

/**
 * Docker reads both outputs apart, and so in any order. A shell of the workload's own joins them, where there is one, before it becomes
 * the command.
 */
async function inOnePipe(pid: number, args: readonly string[]): Promise<string[]> {
  try {
    const shell = await locate(`/proc/${pid}/root`, '/bin/sh', true);
    await shell[Symbol.asyncDispose]();
    return ['/bin/sh', '-c', 'exec "$@" 2>&1', 'sh', ...args];
  } catch {
    return [...args];
  }
}

/** Ends all commands of a workload: those of a node that was killed. */
export async function endLeftCommands(deps: ExecDeps, id: string): Promise<void> {
  const found = await deps.engine.find((docker) => docker.getContainer(namesOf(id).workload).inspect());
  for (const command of (found?.ExecIDs as readonly string[] | null | undefined) ?? []) {
    const exec = await deps.engine.ask(async (docker) => docker.getExec(command));
    await killSession(deps, id, exec).catch(ignoring('not-found'));
  }
}

/** The command leads a session of its own: Docker has no verb to end it. */
async function killSession({ engine, watch }: ExecDeps, id: string, exec: Exec): Promise<void> {
  await watch.open();
  const { Running, Pid } = await engine.ask(() => exec.inspect());
  if (!Running || Pid === 0) return;
  const table = await engine.find((docker) =>
    docker.getContainer(namesOf(id).workload).top({ ps_args: '-eo pid,sess' }).catch(ignoring('conflict')),
  );
  for (const [pid, session] of (table?.Processes ?? []) as string[][])
    if (Number(session) === Pid) kill(Number(pid));
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'ESRCH') throw thrown;
  }
}

/** Resolves also when it can no longer be written. */
export function written(socket: Duplex, bytes: Uint8Array): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (socket.writable) socket.write(bytes, () => resolve());
  else resolve();
  return promise;
}

function collect(source: AsyncIterable<Uint8Array>, limit: number) {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reading = async (): Promise<void> => {
    for await (const chunk of source) {
      if (size < limit) chunks.push(chunk.subarray(0, limit - size));
      size += chunk.length;
    }
  };
  return {
    ended: reading().catch(() => {}), // cut off with the command
    text: () => Buffer.concat(chunks).toString('utf8'),
  };
}
