/** What is counted up from a workload's start: nanoseconds of processor time, and bytes. */
export const TOTALS = ['cpu', 'received', 'sent', 'read', 'written'] as const;
export type Total = (typeof TOTALS)[number];

/** What goes up and down: percent of the processors that the workload may use (of one, where it has no limit), and MiB. */
export const GAUGES = ['cpuUtil', 'memory'] as const;
export type Gauge = (typeof GAUGES)[number];

/** The four figures of a gauge over a span of time. */
export interface Spread {
  readonly sum: number;
  readonly min: number;
  readonly max: number;
  readonly last: number;
}

/** What is known of one workload over one span of time. */
export interface Slot {
  /** Seconds since 1970: the beginning of the span. */
  readonly at: number;
  /** How often it was looked at within. */
  readonly count: number;
  /** As they were at the last look. */
  readonly totals: Readonly<Record<Total, number>>;
  readonly gauges: Readonly<Record<Gauge, Spread>>;
}

/** How finely nodes keep measures, in seconds, and how many spans of each: an hour, a day, a week. */
export const RINGS = [
  { seconds: 10, slots: 360 },
  { seconds: 60, slots: 1440 },
  { seconds: 600, slots: 1008 },
] as const;

export type RingSeconds = (typeof RINGS)[number]['seconds'];

/** The beginning of the span of that length that a moment is in; both in seconds. */
export const beginOf = (at: number, seconds: number): number => Math.floor(at / seconds) * seconds;

/** Two slots as one, `later` being the later one. */
export function merged(earlier: Slot, later: Slot, at: number): Slot {
  const spread = (gauge: Gauge): Spread => {
    const [a, b] = [earlier.gauges[gauge], later.gauges[gauge]];
    return { sum: a.sum + b.sum, min: Math.min(a.min, b.min), max: Math.max(a.max, b.max), last: b.last };
  };
  const gauges = { cpuUtil: spread('cpuUtil'), memory: spread('memory') };
  return { at, count: earlier.count + later.count, totals: later.totals, gauges };
}

/** Slots, the oldest first, as fewer ones over longer spans. */
export function coarser(slots: readonly Slot[], seconds: number): readonly Slot[] {
  const coarse: Slot[] = [];
  for (const slot of slots) {
    const at = beginOf(slot.at, seconds);
    const open = coarse.at(-1);
    if (open?.at === at) coarse[coarse.length - 1] = merged(open, slot, at);
    else coarse.push({ ...slot, at });
  }
  return coarse;
}
