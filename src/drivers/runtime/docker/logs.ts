import type { LogLine, LogQuery } from '../driver.ts';
import { lastOf, select } from '../log-query.ts';
import type { Engine } from './engine.ts';
import { frames, type Frame } from './frames.ts';
import { namesOf } from './handle.ts';

interface LogPlace {
  readonly engine: Engine;
  readonly id: string;
  readonly tty: boolean;
}

/** The lines that the query asks for, through Docker's API. */
export async function* readLog(place: LogPlace, query: LogQuery): AsyncGenerator<LogLine> {
  yield* lastOf(select(linesOf(place, { since: query.since }), query), query.tail);
}

/** The same, and then what comes, until the workload's process ends or nobody reads any more. */
export async function* followLog(
  place: LogPlace,
  query: LogQuery,
  signal: AbortSignal,
): AsyncGenerator<LogLine> {
  let { since } = query;
  if (query.tail !== null) {
    const seen = select(linesOf(place, { since }), { ...query, stdout: true, stderr: true });
    const noted = noting(seen, (time) => (since = time));
    yield* lastOf(select(noted, query), query.tail);
  }
  try {
    yield* select(linesOf(place, { since, follow: signal }), { ...query, since });
  } catch (thrown) {
    if (!signal.aborted) throw thrown;
  }
}

async function* noting(lines: AsyncIterable<LogLine>, note: (time: string) => void): AsyncGenerator<LogLine> {
  for await (const line of lines) {
    note(line.time);
    yield line;
  }
}

interface Wanted {
  readonly since: string | null;
  /** Until it aborts; absent = only what is there. */
  readonly follow?: AbortSignal;
}

async function* linesOf({ engine, id, tty }: LogPlace, { since, follow }: Wanted): AsyncGenerator<LogLine> {
  const query = {
    stdout: true,
    stderr: true,
    timestamps: true,
    follow: follow !== undefined,
    ...(since === null ? {} : { since: Math.floor(Date.parse(since) / 1000) }),
  };
  const stream = await engine.stream(`/containers/${namesOf(id).workload}/logs`, query, follow);
  try {
    yield* joined(tty ? terminalFrames(stream) : frames(stream));
  } finally {
    stream.destroy();
  }
}

const NEWLINE = 10;

/** Of a terminal Docker sends lines as they are. */
async function* terminalFrames(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Frame> {
  let rest = Buffer.alloc(0);
  for await (const chunk of stream) {
    rest = Buffer.concat([rest, chunk]);
    for (let end = rest.indexOf(NEWLINE); end >= 0; end = rest.indexOf(NEWLINE)) {
      yield { stream: 'stdout', bytes: rest.subarray(0, end + 1) };
      rest = rest.subarray(end + 1);
    }
  }
}

/** A frame holds one line, or a part of a long one: only the last part ends with a newline, and each has a time of its own. */
export async function* joined(parts: AsyncIterable<Frame>): AsyncGenerator<LogLine> {
  const open = new Map<Frame['stream'], { readonly time: string; readonly bytes: readonly Buffer[] }>();
  for await (const { stream, bytes } of parts) {
    const space = bytes.indexOf(' ');
    const before = open.get(stream);
    const time = before?.time ?? bytes.toString('latin1', 0, space);
    const isWhole = bytes.at(-1) === NEWLINE;
    const all = [...(before?.bytes ?? []), bytes.subarray(space + 1, isWhole ? -1 : undefined)];
    if (isWhole) {
      open.delete(stream);
      yield { time, stream, text: Buffer.concat(all).toString() };
    } else open.set(stream, { time, bytes: all });
  }
}
