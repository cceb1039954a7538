import type { LogLine, ProcessTable, WorkloadStats } from '#drivers/runtime/driver.ts';
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

export const executeView = ({ output, exitCode }: { output: string; exitCode: number }) => ({
  output,
  exit_code: exitCode,
  exec_id: null,
  proxy_url: null,
});

/** One text, as Docker gives it. */
export const logsView = (lines: readonly LogLine[], timestamps: boolean): string =>
  lines.map(({ time, text }) => (timestamps ? `${time} ${text}\n` : `${text}\n`)).join('');
