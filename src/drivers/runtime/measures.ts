/** Bytes in and out over all interfaces but the loopback, of proc_pid_net(5)'s `net/dev`. */
export function parseNetDev(text: string): { readonly netReceived: number; readonly netSent: number } {
  const rows = text
    .split('\n')
    .map((line) => /^\s*([^:\s]+):\s*(.*)$/.exec(line))
    .filter((match) => match !== null && match[1] !== 'lo')
    .map((match) => (match?.[2] ?? '').split(/\s+/).map(Number));
  return {
    netReceived: rows.reduce((total, row) => total + (row[0] ?? 0), 0),
    netSent: rows.reduce((total, row) => total + (row[8] ?? 0), 0),
  };
}

/** Page cache that can be dropped at once is not counted, as `docker stats` does it. */
export const working = (used: number, droppable: number): number => Math.max(0, used - droppable);

/** Of one core. */
export const cpuPercent = (usedNanos: number, elapsedMs: number): number =>
  elapsedMs > 0 ? (Math.max(0, usedNanos) / (elapsedMs * 1e6)) * 100 : 0;
