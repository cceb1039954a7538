import type { LogLine, ProcessTable, WorkloadStats } from '#drivers/runtime/driver.ts';
import type { ConsoleOffer } from '../service/consoles.ts';
import type { Container } from '../model/container.ts';

const MIB = 1 << 20;

export function statsView(container: Container, stats: WorkloadStats) {
  const used = stats.memoryUsed / MIB;
  const limit = (stats.memoryLimit ?? container.memory * MIB) / MIB;
  return {
    CONTAINER: container.name,
    'CPU %': stats.cpuPercent,
    'MEM USAGE(MiB)': used,
    'MEM LIMIT(MiB)': limit,
    'MEM %': limit === 0 ? 0 : (used / limit) * 100,
    'BLOCK I/O(B)': `${stats.blockRead}/${stats.blockWritten}`,
    'NET I/O(B)': `${stats.netReceived}/${stats.netSent}`,
  };
}

export const topView = ({ titles, processes }: ProcessTable) => ({ Titles: titles, Processes: processes });

/** Where whoever has the offer opens the console. @param base of the service: `http://host/container` */
export function consoleUrl(base: string, { ticket, containerId, execId }: ConsoleOffer): string {
  const query = new URLSearchParams({
    token: ticket,
    uuid: containerId,
    ...(execId === null ? {} : { exec_id: execId }),
  });
  return `${base.replace(/^http/, 'ws')}/v1/consoles?${query.toString()}`;
}

export const offerView = (base: string, offer: ConsoleOffer) => ({
  output: null,
  exit_code: null,
  exec_id: offer.execId,
  proxy_url: consoleUrl(base, offer),
});

export const executeView = ({ output, exitCode }: { output: string; exitCode: number }) => ({
  output,
  exit_code: exitCode,
  exec_id: null,
  proxy_url: null,
});

const CHUNK = 64 << 10;

/** One text, as Docker gives it, as JSON: never more of it in memory than a piece. */
export async function* logsView(lines: AsyncIterable<LogLine>, timestamps: boolean): AsyncGenerator<string> {
  let text = '';
  let opened = '"';
  for await (const { time, text: line } of lines) {
    text += timestamps ? `${time} ${line}\n` : `${line}\n`;
    if (text.length < CHUNK) continue;
    yield opened + JSON.stringify(text).slice(1, -1);
    [text, opened] = ['', ''];
  }
  yield `${opened}${JSON.stringify(text).slice(1, -1)}"`;
}

/** Lines as server-sent events. */
export async function* logEventsView(
  lines: AsyncIterable<LogLine>,
  grep: string | undefined,
): AsyncGenerator<string> {
  yield ': these are the lines\n\n';
  for await (const line of lines)
    if (grep === undefined || line.text.includes(grep)) yield `data: ${JSON.stringify(line)}\n\n`;
}
