export type AdjustmentType = 'change_in_capacity' | 'exact_capacity' | 'percent_change_in_capacity';

/** By how much a group is to grow or shrink. */
export interface Adjustment {
  readonly type: AdjustmentType;
  readonly by: number;
  /** Of a change by percent: at least so many. */
  readonly atLeast?: number;
}

export interface Bounds {
  readonly min: number;
  readonly max: number;
}

/** The size after an adjustment, within the bounds. A share of a member is one away from nothing, and none away from more. Pure. */
export function adjusted(size: number, adjustment: Adjustment, bounds: Bounds): number {
  return within(size + changeOf(size, adjustment), bounds);
}

export const within = (size: number, { min, max }: Bounds): number => Math.max(min, Math.min(max, size));

function changeOf(size: number, { type, by, atLeast = 0 }: Adjustment): number {
  if (type === 'exact_capacity') return Math.trunc(by) - size;
  if (type === 'change_in_capacity') return Math.trunc(by);
  const share = (size * by) / 100;
  const whole = Math.abs(share) < 1 ? Math.sign(share) : Math.trunc(share);
  return Math.abs(whole) < atLeast ? Math.sign(by) * atLeast : whole;
}
