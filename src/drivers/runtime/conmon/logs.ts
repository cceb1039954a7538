import { existsSync } from 'node:fs';
import type { LogLine, LogQuery } from '../driver.ts';
import { lastOf, select } from '../log-query.ts';
import { writeAtomically } from './files.ts';
import { followFile, type FollowOptions } from './follow.ts';
import { closeSegments, openSegments } from './segments.ts';

/** One record of conmon's k8s-file format: `<time> <stream> <P|F> <text>`; P = the line goes on in the stream's next record. */
interface LogRecord extends LogLine {
  readonly partial: boolean;
}

/**
 * The first line of a log that nothing was cut from. When a log grows too large conmon goes on in a new file, perhaps in the
 * middle of a line; that file does not begin so.
 */
const BEGINNING = '# from the beginning';

/** Before conmon's first start: later ones go on with what is there. */
export async function beginLog(file: string): Promise<void> {
  if (!existsSync(file)) await writeAtomically(file, `${BEGINNING}\n`, 0o640);
}

const CHUNK = 64 << 10;
const RECORD = /^(\S+) (stdout|stderr) ([PF]) ?(.*)$/s;

function parseRecord(line: string): LogRecord | undefined {
  const [, time = '', stream, tag, text = ''] = RECORD.exec(line) ?? [];
  if (stream === undefined) return undefined;
  return { time: utc(time), stream: stream as LogLine['stream'], text, partial: tag === 'P' };
}

type OpenLines = Map<LogLine['stream'], LogLine>;

/** Joins the parts of each stream's lines. A line has the time of its first part; one that is not ended yet stays in `open`. */
async function* joined(records: AsyncIterable<LogRecord>, open: OpenLines): AsyncGenerator<LogLine> {
  for await (const { time, stream, text, partial } of records) {
    const before = open.get(stream);
    const line = { time: before?.time ?? time, stream, text: (before?.text ?? '') + text };
    if (partial) open.set(stream, line);
    else {
      open.delete(stream);
      yield decoded(line);
    }
  }
}

/** A character may be cut in two by the end of a record: so each byte is one of latin1 until the line is whole. */
const decoded = (line: LogLine): LogLine => ({ ...line, text: Buffer.from(line.text, 'latin1').toString() });

/** The log's lines that the query asks for; one that was never ended counts too. A missing file is an empty log. */
export async function* readLog(file: string, query: LogQuery): AsyncGenerator<LogLine> {
  yield* lastOf(select(readLines(file), query), query.tail);
}

/** The same, and then what comes. A line that is not ended yet is told when it is. */
export async function* followLog(
  file: string,
  query: LogQuery,
  options: Omit<FollowOptions, 'from' | 'ino'>,
): AsyncGenerator<LogLine> {
  const seen: Seen = { bytes: 0, before: 0 };
  const open: OpenLines = new Map();
  const before = joined(records(lines(readFrom(file, seen), seen)), open);
  yield* lastOf(select(before, query), query.tail);
  const place = seen.ino === undefined ? {} : { ino: seen.ino };
  const chunks = followFile(file, { ...options, ...place, from: seen.bytes - seen.before });
  const after = joined(records(lines(chunks), new Set()), open);
  yield* select(withRest(after, open), query);
}

/** What is written from that byte on, as it is written: of both streams, without a wait for the ends of lines. */
export async function* followBytes(file: string, options: FollowOptions): AsyncGenerator<Uint8Array> {
  for await (const { text, partial } of records(lines(followFile(file, options)), new Set()))
    yield Buffer.from(partial ? text : `${text}\n`, 'latin1');
}

function readLines(file: string): AsyncGenerator<LogLine> {
  const open: OpenLines = new Map();
  return withRest(joined(records(lines(readFrom(file))), open), open);
}

async function* withRest(whole: AsyncIterable<LogLine>, open: OpenLines): AsyncGenerator<LogLine> {
  yield* whole;
  for (const line of open.values()) yield decoded(line);
}

/** How far a log was read: bytes of whole lines in all, those of the files before the last one, and which that is. */
interface Seen {
  bytes: number;
  before: number;
  ino?: bigint;
}

async function* readFrom(log: string, seen: Seen = { bytes: 0, before: 0 }): AsyncGenerator<string> {
  const segments = await openSegments(log);
  const buffer = Buffer.alloc(CHUNK);
  let position = 0;
  try {
    for (const { file, ino } of segments) {
      seen.before += position;
      seen.ino = ino;
      position = 0;
      for (;;) {
        const { bytesRead } = await file.read(buffer, 0, CHUNK, position);
        if (bytesRead === 0) break;
        position += bytesRead;
        yield buffer.toString('latin1', 0, bytesRead);
      }
    }
  } finally {
    await closeSegments(segments);
  }
}

const BOTH: readonly LogLine['stream'][] = ['stdout', 'stderr'];

/** @param cut the streams whose first line may be another one's rest. */
async function* records(
  lines: AsyncIterable<string>,
  cut = new Set<LogLine['stream']>(BOTH),
): AsyncGenerator<LogRecord> {
  for await (const line of lines) {
    if (line === BEGINNING) cut.clear();
    const record = parseRecord(line);
    if (!record) continue;
    if (!cut.has(record.stream)) yield record;
    else if (!record.partial) cut.delete(record.stream);
  }
}

/** Not readline, which also ends a line at a lone carriage return. What has no newline is still being written. */
async function* lines(chunks: AsyncIterable<string>, seen = { bytes: 0 }): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of chunks) {
    const parts = (rest + chunk).split('\n');
    rest = parts.pop() ?? '';
    for (const line of parts) {
      seen.bytes += line.length + 1;
      yield line;
    }
  }
}

const utc = (time: string): string => time.replace(/\+00:00$/, 'Z');
