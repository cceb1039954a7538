import { cpus, loadavg, totalmem } from 'node:os';
import { readFile } from 'node:fs/promises';
import { quantile, type Load, type Samples } from './stats.ts';

/** What figures mean nothing without. */
export async function printMachine(title: string): Promise<void> {
  const release = (await readFile('/proc/sys/kernel/osrelease', 'utf8')).trim();
  const [cpu] = cpus();
  const load = loadavg().map((value) => value.toFixed(2));
  console.log(`# ${title}`);
  console.log(
    `${cpus().length} cores (${cpu?.model}), ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release}`,
  );
  console.log(`Node.js ${process.version}, ${new Date().toISOString()}, load average ${load.join(' ')}\n`);
}

export const ms = (value: number): string => `${value.toFixed(value < 10 ? 1 : 0)} ms`;

export const latency = (samples: Samples): string =>
  `p50 ${ms(quantile(samples, 0.5))}  p90 ${ms(quantile(samples, 0.9))}  p99 ${ms(quantile(samples, 0.99))}  n=${samples.length}`;

export const rate = ({ perSecond, samples }: Load): string =>
  `${perSecond.toFixed(perSecond < 100 ? 1 : 0)}/s  ${latency(samples)}`;

/** One line: what was measured, the figures, and how they stand to a peer or a budget. */
export const printLine = (name: string, figures: string, beside = ''): void =>
  console.log(`${name.padEnd(44)} ${figures}${beside && `  ${beside}`}`);

/** `3.1x` of a peer's figure. */
export const ratio = (value: number, peer: number): string => `${(value / peer).toFixed(2)}x`;

export const verdict = (isKept: boolean, budget: string): string =>
  `${isKept ? 'keeps' : 'MISSES'} the budget ${budget}`;
