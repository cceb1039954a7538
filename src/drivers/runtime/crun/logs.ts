import { createReadStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import type { LogLine, LogQuery } from '../driver.ts';

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
export const beginLog = (file: string): Promise<void> =>
  writeFile(file, `${BEGINNING}\n`, { flag: 'wx', mode: 0o640 }).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code !== 'EEXIST') throw thrown;
  });

const RECORD = /^(\S+) (stdout|stderr) ([PF]) ?(.*)$/s;

export function parseRecord(line: string): LogRecord | undefined {
  const [, time = '', stream, tag, text = ''] = RECORD.exec(line) ?? [];
  if (stream === undefined) return undefined;
  return { time: utc(time), stream: stream as LogLine['stream'], text, partial: tag === 'P' };
}

/** Joins the parts of each stream's lines. A line has the time of its first part; one that was never ended counts too. */
export async function* wholeLines(records: AsyncIterable<LogRecord>): AsyncGenerator<LogLine> {
  const open = new Map<LogLine['stream'], LogLine>();
  for await (const { time, stream, text, partial } of records) {
    const before = open.get(stream);
    const line = { time: before?.time ?? time, stream, text: (before?.text ?? '') + text };
    if (partial) open.set(stream, line);
    else {
      open.delete(stream);
      yield line;
    }
  }
  yield* open.values();
}

/** The log's lines that the query asks for. A missing file is an empty log. */
export async function* readLog(file: string, query: LogQuery): AsyncGenerator<LogLine> {
  const chosen = select(wholeLines(records(file)), query);
  if (query.tail === null) return yield* chosen;
  yield* await lastOf(chosen, query.tail);
}

async function* records(file: string): AsyncGenerator<LogRecord> {
  const input = createReadStream(file, { encoding: 'utf8' });
  const cut = new Set<LogLine['stream']>(['stdout', 'stderr']);
  try {
    for await (const line of lines(input)) {
      if (line === BEGINNING) cut.clear();
      const record = parseRecord(line);
      if (!record) continue;
      // Of a stream that was cut, the first line may be another one's rest.
      if (!cut.has(record.stream)) yield record;
      else if (!record.partial) cut.delete(record.stream);
    }
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'ENOENT') throw thrown;
  } finally {
    input.destroy();
  }
}

/** Not readline, which also ends a line at a lone carriage return. What has no newline is still being written. */
async function* lines(chunks: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of chunks) {
    const parts = (rest + chunk).split('\n');
    rest = parts.pop() ?? '';
    yield* parts;
  }
}

async function* select(lines: AsyncIterable<LogLine>, query: LogQuery): AsyncGenerator<LogLine> {
  const since = query.since === null ? null : sortKey(query.since);
  for await (const line of lines)
    if (query[line.stream] && (since === null || sortKey(line.time) > since)) yield line;
}

async function lastOf(lines: AsyncIterable<LogLine>, count: number): Promise<readonly LogLine[]> {
  const kept: LogLine[] = [];
  for await (const line of lines) {
    kept.push(line);
    if (kept.length > count) kept.shift();
  }
  return kept;
}

const utc = (time: string): string => time.replace(/\+00:00$/, 'Z');

/** Text whose order is the order of time, whatever the offset and the precision, which goes down to nanoseconds. */
function sortKey(iso: string): string {
  const fraction = /\.(\d+)/.exec(iso)?.[1] ?? '';
  const seconds = new Date(iso.replace(/\.\d+/, '')).toISOString().slice(0, 19);
  return `${seconds}.${fraction.padEnd(9, '0')}`;
}
