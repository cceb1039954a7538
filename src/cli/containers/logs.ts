import type { Containers, LogFilter, LogLine } from '../../sdk/containers.ts';
import { verb } from '../arguments.ts';
import { openContainers } from '../cloud.ts';

export const logs = verb(
  {
    usage: 'logs [-f] [-n N] [--since TIME] [--grep TEXT] [-t] [--json] CONTAINER',
    options: {
      follow: { type: 'boolean', short: 'f', help: 'go on until the container stops' },
      tail: { type: 'string', short: 'n', help: 'N  the last lines alone' },
      since: { type: 'string', help: 'TIME  ISO-8601, seconds of the epoch, or back from now: 10m, 2h' },
      grep: { type: 'string', help: 'TEXT  lines that hold it' },
      timestamps: { type: 'boolean', short: 't', help: 'begin each line with its time' },
      json: { type: 'boolean', help: 'one JSON object a line' },
    },
    operands: [1, 1],
  },
  async ({ follow, tail, since, grep, timestamps, json }, [ref = '']) => {
    const filter = { tail, since: since === undefined ? undefined : momentOf(since, Date.now()), grep };
    const write = json === true ? writeJson : timestamps === true ? writeTimed : writePlain;
    const containers = await openContainers();
    if (follow === true) for await (const line of containers.follow(ref, filter)) write(line);
    else for (const line of await readLines(containers, ref, filter)) write(line);
    return 0;
  },
);

/** `10m` as the time it was then; all else as it is. */
export function momentOf(since: string, now: number): string {
  const [, count, unit = ''] = /^(\d+)([smhd])$/.exec(since) ?? [];
  if (count === undefined) return since;
  const seconds = { s: 1, m: 60, h: 3600, d: 86_400 }[unit] ?? 1;
  return new Date(now - Number(count) * seconds * 1000).toISOString();
}

/** Zun's plain call has neither a search nor the stream that a line came from. */
async function readLines(containers: Containers, ref: string, filter: LogFilter): Promise<LogLine[]> {
  const text = await containers.logs(ref, filter, true);
  return text
    .split('\n')
    .slice(0, -1)
    .map((line): LogLine => {
      const cut = line.indexOf(' ');
      return { time: line.slice(0, cut), stream: 'stdout', text: line.slice(cut + 1) };
    })
    .filter((line) => filter.grep === undefined || line.text.includes(filter.grep));
}

const streamOf = ({ stream }: LogLine) => (stream === 'stderr' ? process.stderr : process.stdout);

export const writePlain = (line: LogLine): void => void streamOf(line).write(`${line.text}\n`);
const writeTimed = (line: LogLine): void => void streamOf(line).write(`${line.time} ${line.text}\n`);
const writeJson = (line: LogLine): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
