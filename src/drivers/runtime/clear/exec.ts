import { constants } from 'node:os';
import type { Clock } from '#kernel/clock.ts';
import { conflict } from '#kernel/errors.ts';
import { consoleStream } from '../consoles/stream.ts';
import type { Console, ExecOutcome, ExecRequest, InteractiveCommand } from '../driver.ts';
import { AgentFailure, runCommand, type MachineCommand } from './agent/client.ts';
import type { Records } from './agent/records.ts';

const NOT_FOUND = 127;
const NOT_EXECUTABLE = 126;

/** Where commands run, and until when: the node that ran them has gone when `left` aborts. */
export interface CommandPlace {
  readonly socket: string;
  readonly clock: Clock;
  readonly left: AbortSignal;
}

/**
 * Runs one command in a machine, beside its workload. The exit code is the command's; or 127 or 126, with the agent's words as output, when
 * there is no such program or it is none.
 * @throws CloudError `conflict` when the time is over; the command's whole session is killed then.
 */
export async function execute(
  { socket, clock, left }: CommandPlace,
  process: Records,
  request: ExecRequest,
): Promise<ExecOutcome> {
  const command = await runCommand(socket, [...process, ['joined', 1]], left);
  const over = new AbortController();
  let late = false;
  void clock.sleep(request.timeoutSeconds * 1000, over.signal).then(
    () => {
      late = true;
      command.hangUp();
    },
    () => {},
  );
  const output = await collect(command, request.maxOutput);
  over.abort();
  if (late) throw conflict(`The command did not end within ${request.timeoutSeconds} s and was killed.`);
  return command.ended.then(
    (end) => {
      if (end === null) throw conflict('The machine ended before the command.');
      return { output, exitCode: end.exitCode };
    },
    (thrown: unknown) => {
      if (!(thrown instanceof AgentFailure)) throw thrown;
      return { output: `${thrown.message}\n`, exitCode: failureCode(thrown) };
    },
  );
}

async function collect(command: MachineCommand, limit: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of command.output()) {
    if (size < limit) chunks.push(Buffer.from(chunk.subarray(0, limit - size)));
    size += chunk.length;
  }
  return Buffer.concat(chunks).toString();
}

const failureCode = ({ errno }: AgentFailure): number =>
  errno === constants.errno.ENOENT ? NOT_FOUND : NOT_EXECUTABLE;

/** A command that somebody talks to: see `ExecAbility.open`. */
export async function openConsole(
  { socket, left }: CommandPlace,
  process: Records,
  { terminal }: Pick<InteractiveCommand, 'terminal'>,
): Promise<Console> {
  const size: Records = terminal
    ? [
        ['terminal', 1],
        ['rows', terminal.rows],
        ['columns', terminal.columns],
      ]
    : [];
  const command = await runCommand(socket, [...process, ...size, ['input', 1], ['joined', 1]], left);
  let why = '';
  const ended = command.ended.then(
    (end) => end?.exitCode ?? null,
    (thrown: unknown) => (thrown instanceof AgentFailure ? failureCode(thrown) : null),
  );
  const stream = consoleStream({
    output: withWhy(command, () => why),
    write: (bytes) => command.write(bytes),
    end: () => command.end(),
    hangUp: () => command.hangUp(),
  });
  command.ended.catch((thrown: Error) => (why = `${thrown.message}\n`));
  return { stream, ended, resize: async (wanted) => (terminal ? command.resize(wanted) : undefined) };
}

async function* withWhy(command: MachineCommand, why: () => string): AsyncGenerator<Uint8Array> {
  yield* command.output();
  await command.ended.catch(() => {});
  if (why() !== '') yield Buffer.from(why());
}
