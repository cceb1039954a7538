import { isoTime } from '#kernel/clock.ts';
import { coarser, RINGS, type RingSeconds, type Slot } from '#measures/slot.ts';
import type { Measure } from '../port.ts';
import type { Source } from './metric.ts';

export const BASES = ['mean', 'max', 'min', 'sum', 'count', 'last'] as const;
export type Base = (typeof BASES)[number];

/** Over a span: a figure of its values, or by how much that figure is more than that of the span before. */
export interface Aggregation {
  readonly base: Base;
  readonly rate: boolean;
}

const RATE = 'rate:';

export function parseAggregation(text: string): Aggregation | undefined {
  const rate = text.startsWith(RATE);
  const name = rate ? text.slice(RATE.length) : text;
  const base = BASES.find((one) => one === name);
  return base && { base, rate };
}

/** The ring that spans of so many seconds are made of: the coarsest that divides them; undefined where none does. */
export const ringFor = (seconds: number): RingSeconds | undefined =>
  RINGS.findLast((ring) => seconds % ring.seconds === 0)?.seconds;

export interface Asked {
  readonly source: Source;
  readonly aggregation: Aggregation;
  /** Seconds. */
  readonly granularity: number;
}

/** Seconds since 1970, and what was measured from then on. */
export type Point = readonly [at: number, value: number];

/** What slots, the oldest first, tell of a metric. What is told by a growth needs the span before, and is not told after a gap. */
export function pointsOf(
  slots: readonly Slot[],
  { source, aggregation: { base, rate }, granularity }: Asked,
): readonly Point[] {
  const spans = coarser(slots, granularity);
  if (source.kind === 'speed' && !rate) {
    const totals = spans.map(({ at, totals }): Point => [at, totals[source.of]]);
    return growth(totals, granularity, true).map(([at, value]) => [at, value / granularity]);
  }
  const points = spans.map((span): Point => [span.at, valueOf(span, source, base)]);
  return rate ? growth(points, granularity, source.kind !== 'gauge') : points;
}

function valueOf({ count, totals, gauges }: Slot, { kind, of }: Source, base: Base): number {
  if (base === 'count') return count;
  if (kind !== 'gauge') return base === 'sum' ? totals[of] * count : totals[of];
  const { sum, ...figures } = gauges[of];
  if (base === 'mean') return sum / count;
  return base === 'sum' ? sum : figures[base];
}

/** @param counts a total that is less than before has begun anew at zero */
function growth(points: readonly Point[], granularity: number, counts: boolean): readonly Point[] {
  return points.flatMap(([at, value], index): readonly Point[] => {
    const before = points[index - 1];
    if (before?.[0] !== at - granularity) return [];
    const more = value - before[1];
    return [[at, counts && more < 0 ? value : more]];
  });
}

/** Many series as one: at each moment a figure of what those that know it say. */
export function together(series: readonly (readonly Point[])[], base: Base): readonly Point[] {
  if (series.length === 1) return series[0] ?? [];
  const moments = Map.groupBy(series.flat(), ([at]) => at);
  return [...moments]
    .map(([at, points]): Point => [
      at,
      figureOf(
        points.map(([, value]) => value),
        base,
      ),
    ])
    .toSorted(([a], [b]) => a - b);
}

function figureOf(values: readonly number[], base: Base): number {
  const sum = values.reduce((total, value) => total + value, 0);
  if (base === 'mean') return sum / values.length;
  if (base === 'max') return Math.max(...values);
  if (base === 'min') return Math.min(...values);
  return base === 'last' ? (values.at(-1) ?? 0) : sum;
}

export const measureOf = ([at, value]: Point): Measure => ({ at: isoTime(new Date(at * 1000)), value });
