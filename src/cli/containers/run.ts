import { CloudError, messageOf } from '#kernel/errors.ts';
import { exitCodeOf, type Containers, type ShownContainer } from '../../sdk/containers.ts';
import { joinConsole } from '../../sdk/console.ts';
import { verb } from '../arguments.ts';
import { openContainers } from '../cloud.ts';
import { print, terminal } from '../output.ts';
import { writePlain } from './logs.ts';
import { remove } from './rm.ts';
import { CONTAINER_OPTIONS, createBody } from './run-options.ts';
import { talk } from './talk.ts';
import { settled, stopped } from './waiting.ts';

/** The exit code is the container's, unless it is left behind. */
export const run = verb(
  {
    usage: 'run [OPTIONS] IMAGE [COMMAND…]',
    options: {
      interactive: {
        type: 'boolean',
        short: 'i',
        help: 'pass on what is typed, or piped in',
      },
      tty: { type: 'boolean', short: 't', help: 'with a terminal; ctrl-p ctrl-q leaves it running' },
      detach: { type: 'boolean', short: 'd', help: 'print its id as soon as it runs' },
      rm: { type: 'boolean', help: 'remove it when it has ended' },
      ...CONTAINER_OPTIONS,
    },
    operands: [1, Infinity],
    endsAtOperand: 1,
  },
  async (
    { interactive = false, tty = false, detach = false, rm = false, ...given },
    [image = '', ...command],
  ) => {
    if (interactive && tty && !detach && !process.stdin.isTTY)
      throw new CloudError('bad-request', 'The input is no terminal: leave -t out.');
    const body = await createBody(given, image, command);
    const once = interactive && !tty && !detach;
    const kept = {
      ...body,
      ...(interactive && { interactive }),
      ...(once && { stdin_once: true }),
      ...(tty && { tty }),
    };
    const containers = await openContainers();
    if (detach) return inBackground(containers, { ...kept, ...(rm && { auto_remove: true }) });
    const { uuid } = await containers.create(kept, true);
    const ending = await inForeground(containers, uuid, { interactive, tty });
    if (ending.detached) return 0;
    if (rm) await remove(containers, uuid, true);
    return ending.exitCode ?? 0;
  },
);

async function inBackground(
  containers: Containers,
  body: Parameters<Containers['create']>[0],
): Promise<number> {
  const { uuid } = await containers.create(body, true);
  print(terminal, uuid);
  await settled(containers, uuid).catch((thrown: unknown) => {
    const isGone = thrown instanceof CloudError && thrown.kind === 'not-found';
    if (!isGone || body.auto_remove !== true) throw thrown; // else it has done its work already
  });
  return 0;
}

interface Manner {
  readonly interactive: boolean;
  readonly tty: boolean;
}

interface Ending {
  readonly exitCode: number | undefined;
  readonly detached: boolean;
}

async function inForeground(
  containers: Containers,
  uuid: string,
  { interactive, tty }: Manner,
): Promise<Ending> {
  const begun = await settled(containers, uuid);
  if (interactive && tty && begun.status === 'Running') {
    const ending = await attached(containers, begun);
    if (ending !== undefined) return ending;
  }
  const stopPassing = passOnSignals(containers, uuid);
  if (interactive && !tty && begun.status === 'Running') void feed(containers, uuid);
  await followed(containers, uuid);
  const ended = await stopped(containers, uuid);
  stopPassing();
  return { exitCode: exitCodeOf(ended), detached: false };
}

/** What it writes, until it ends; nothing of one whose log is not kept. */
async function followed(containers: Containers, uuid: string): Promise<void> {
  try {
    for await (const line of containers.follow(uuid, {})) writePlain(line);
  } catch (thrown) {
    if (!(thrown instanceof CloudError) || thrown.kind !== 'conflict') throw thrown;
  }
}

/** undefined when it ended before anybody could join it: its log has what it said. */
async function attached(containers: Containers, { uuid }: ShownContainer): Promise<Ending | undefined> {
  try {
    const offer = await containers.attach(uuid);
    const before = async () => unended(await containers.logs(uuid, {}, false));
    const ending = await talk(offer, { containers, ref: uuid, input: true, tty: true, before });
    if (ending.detached || ending.exitCode !== undefined) return ending;
    return { ...ending, exitCode: exitCodeOf(await stopped(containers, uuid)) };
  } catch (thrown) {
    if (thrown instanceof CloudError && thrown.kind === 'conflict') return undefined;
    throw thrown;
  }
}

/** A log ends every line; on a terminal a line's end has a carriage return, a prompt has none. */
const unended = (text: string): string => (text.endsWith('\r\n') ? text : text.replace(/\n$/, ''));

/** What is piped in. What the process writes comes by its log, which holds all of it from the beginning. */
async function feed(containers: Containers, uuid: string): Promise<void> {
  const { PassThrough } = await import('node:stream');
  try {
    const { url } = await containers.attach(uuid);
    await joinConsole(url, { input: process.stdin, output: new PassThrough().resume() });
  } catch (thrown) {
    const isOver = thrown instanceof CloudError && thrown.kind === 'conflict';
    if (!isOver) terminal.err.write(`hydria: ${messageOf(thrown)}\n`);
  } finally {
    process.stdin.destroy();
  }
}

/** The first ctrl-c is the container's; who says it again leaves. */
function passOnSignals(containers: Containers, uuid: string): () => void {
  const pass = (signal: string) => void containers.kill(uuid, signal).catch(() => {});
  process.once('SIGINT', pass);
  process.once('SIGTERM', pass);
  return () => void process.off('SIGINT', pass).off('SIGTERM', pass);
}
