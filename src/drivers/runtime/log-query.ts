import type { LogLine, LogQuery } from './driver.ts';

/** What the query asks for, but for `tail`. */
export async function* select(lines: AsyncIterable<LogLine>, query: LogQuery): AsyncGenerator<LogLine> {
  const since = query.since === null ? null : sortKey(query.since);
  for await (const line of lines)
    if (query[line.stream] && (since === null || sortKey(line.time) > since)) yield line;
}

/** null = all. */
export async function* lastOf(lines: AsyncIterable<LogLine>, count: number | null): AsyncGenerator<LogLine> {
  if (count === null) return yield* lines;
  const kept: LogLine[] = [];
  for await (const line of lines) {
    kept.push(line);
    if (kept.length > count) kept.shift();
  }
  yield* kept;
}

/** Text whose order is the order of time, whatever the offset and the precision, which goes down to nanoseconds. */
function sortKey(iso: string): string {
  const fraction = /\.(\d+)/.exec(iso)?.[1] ?? '';
  const seconds = new Date(iso.replace(/\.\d+/, '')).toISOString().slice(0, 19);
  return `${seconds}.${fraction.padEnd(9, '0')}`;
}
