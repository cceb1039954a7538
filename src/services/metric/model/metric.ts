import type { Gauge, Total } from '#measures/slot.ts';
import { nameUuid } from '#kernel/ids.ts';

/** Where a metric is found in what nodes keep. */
export type Source =
  | { readonly kind: 'total'; readonly of: Total }
  | { readonly kind: 'gauge'; readonly of: Gauge }
  /** How fast a total grows, by the second. */
  | { readonly kind: 'speed'; readonly of: Total };

export interface Metric {
  readonly unit: string;
  readonly source: Source;
}

const bytes = (of: Total): Metric => ({ unit: 'B', source: { kind: 'total', of } });
const speed = (of: Total): Metric => ({ unit: 'B/s', source: { kind: 'speed', of } });

/** Under Ceilometer's names. */
export const METRICS: Readonly<Record<string, Metric>> = {
  cpu: { unit: 'ns', source: { kind: 'total', of: 'cpu' } },
  cpu_util: { unit: '%', source: { kind: 'gauge', of: 'cpuUtil' } },
  'memory.usage': { unit: 'MB', source: { kind: 'gauge', of: 'memory' } },
  'network.incoming.bytes': bytes('received'),
  'network.incoming.bytes.rate': speed('received'),
  'network.outgoing.bytes': bytes('sent'),
  'network.outgoing.bytes.rate': speed('sent'),
  'disk.device.read.bytes': bytes('read'),
  'disk.device.read.bytes.rate': speed('read'),
  'disk.device.write.bytes': bytes('written'),
  'disk.device.write.bytes.rate': speed('written'),
};

export const metricOf = (name: string): Metric | undefined =>
  Object.hasOwn(METRICS, name) ? METRICS[name] : undefined;

/** Nothing has to be kept of it: the same workload's metric always has the same id. */
export const metricId = (workloadId: string, name: string): string => nameUuid(workloadId, name);
