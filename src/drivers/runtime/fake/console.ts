import { consoleStream } from '../consoles/stream.ts';
import type { Console, InteractiveCommand, RuntimeEvent } from '../driver.ts';
import type { FakeHost } from './host.ts';

const NOT_FOUND = 127;
const HUNG_UP = 129;

/** Joins the workload of a fake machine. */
export function joinFake(host: FakeHost, id: string, closed: AbortSignal): Console {
  const left = new AbortController();
  const over = AbortSignal.any([left.signal, closed]);
  const ended = endOf(host.events.subscribe(over), id).finally(() => left.abort());
  return {
    stream: consoleStream({
      output: linesOf(host.written.subscribe(over), id),
      write: async (bytes) => host.type(id, Buffer.from(bytes).toString()),
      end: () => host.endInput(id),
      hangUp: () => left.abort(),
    }),
    ended,
    resize: async ({ rows, columns }) => void host.calls.push(`resize ${id} ${rows}x${columns}`),
  };
}

/** Runs a command of a fake machine, which says what it says and may echo what it is told. */
export function openFake(host: FakeHost, id: string, { args }: InteractiveCommand): Console {
  const { says = [], exits = 0, missing, hangs, echoes } = host.program(args);
  const lines = missing
    ? [`executable file \`${args[0]}\` not found in $PATH`]
    : says.map(([, text]) => text);
  const ended = Promise.withResolvers<number | null>();
  const output = new TransformStream<Uint8Array, Uint8Array>(undefined, undefined, { highWaterMark: 100 });
  const writer = output.writable.getWriter();
  const end = (code: number) => {
    ended.resolve(code);
    writer.close().catch(() => {}); // it was already
  };
  const say = (text: string) => void writer.write(Buffer.from(`${text}\n`)).catch(() => {});
  for (const line of lines) say(line);
  if (!hangs && !echoes) end(missing ? NOT_FOUND : exits);
  const heard = echoing(say, end);
  return {
    stream: consoleStream({
      output: output.readable,
      write: async (bytes) => (echoes ? heard(Buffer.from(bytes).toString()) : undefined),
      end: () => end(0),
      hangUp: () => end(HUNG_UP),
    }),
    ended: ended.promise,
    resize: async ({ rows, columns }) => void host.calls.push(`resize ${id} ${rows}x${columns}`),
  };
}

/** What an echoing program does with what it is told: `bye` is its end. */
export function echoing(say: (line: string) => void, end: (code: number) => void): (text: string) => void {
  let rest = '';
  return (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      say(`heard ${line}`);
      if (line === 'bye') return end(0);
    }
  };
}

async function endOf(events: AsyncIterable<RuntimeEvent>, id: string): Promise<number | null> {
  for await (const event of events)
    if (event.id === id && event.state.pid === null) return event.state.exitCode;
  return null;
}

async function* linesOf(
  lines: AsyncIterable<{ readonly id: string; readonly text: string }>,
  id: string,
): AsyncGenerator<Uint8Array> {
  for await (const line of lines) if (line.id === id) yield Buffer.from(`${line.text}\n`);
}
