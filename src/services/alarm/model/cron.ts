import { badRequest, CloudError } from '#kernel/errors.ts';
import type { TimeConstraint } from './alarm.ts';

/** The minutes at which a line of cron rings: five sets, and whether days of month and week are both restricted. */
interface Cron {
  readonly sets: readonly ReadonlySet<number>[];
  readonly eitherDay: boolean;
}

const RANGES = [
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [0, 7],
] as const;
const MINUTE_MS = 60_000;
export const LONGEST_SECONDS = 7 * 24 * 3600;

/** @throws CloudError `bad-request` */
export function parseCron(text: string): Cron {
  const fields = text.trim().split(/\s+/);
  if (fields.length !== RANGES.length)
    throw badRequest(`Invalid cron expression '${text}': it needs five fields.`);
  const sets = fields.map((field, place) => parseField(field, RANGES[place] ?? [0, 0]));
  if (sets[4]?.has(7)) sets[4].add(0);
  return { sets, eitherDay: fields[2] !== '*' && fields[4] !== '*' };
}

function parseField(field: string, [least, most]: readonly [number, number]): Set<number> {
  const values = field.split(',').flatMap((part) => {
    const match = /^(?:\*|(\d{1,2})(?:-(\d{1,2}))?)(?:\/(\d{1,2}))?$/.exec(part);
    const from = Number(match?.[1] ?? least);
    const to = Number(match?.[2] ?? (match?.[1] && !match[3] ? from : most));
    const step = Number(match?.[3] ?? 1);
    if (!match || from < least || to > most || from > to || step < 1)
      throw badRequest(`Invalid cron expression: '${field}'.`);
    return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => from + index * step);
  });
  return new Set(values);
}

/** Whether one of the times holds, or none is said. */
export const isWithin = (constraints: readonly TimeConstraint[], now: Date): boolean =>
  constraints.length === 0 || constraints.some((one) => covers(one, now));

function covers({ start, duration, timezone }: TimeConstraint, now: Date): boolean {
  const cron = parseCron(start);
  const local = now.getTime() + offsetOf(timezone, now);
  const first = Math.floor(local / MINUTE_MS) * MINUTE_MS;
  for (let minute = first; minute > local - duration * 1000; minute -= MINUTE_MS)
    if (rings(cron, new Date(minute))) return true;
  return false;
}

function rings({ sets, eitherDay }: Cron, at: Date): boolean {
  const [minutes, hours, days, months, weekdays] = sets;
  const day = days?.has(at.getUTCDate()) ?? false;
  const weekday = weekdays?.has(at.getUTCDay()) ?? false;
  return (
    (minutes?.has(at.getUTCMinutes()) ?? false) &&
    (hours?.has(at.getUTCHours()) ?? false) &&
    (months?.has(at.getUTCMonth() + 1) ?? false) &&
    (eitherDay ? day || weekday : day && weekday)
  );
}

/** Milliseconds that clocks there are ahead. @throws CloudError `bad-request` for a place that is none */
export function offsetOf(timezone: string, now: Date): number {
  if (timezone === '') return 0;
  try {
    const parts = new Intl.DateTimeFormat('en-US', { timeZone: timezone, timeZoneName: 'longOffset' });
    const name = parts.formatToParts(now).find(({ type }) => type === 'timeZoneName')?.value ?? '';
    const [, sign, hours = 0, minutes = 0] = /^GMT([+-])(\d\d):(\d\d)$/.exec(name) ?? [];
    return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * MINUTE_MS;
  } catch (cause) {
    throw new CloudError('bad-request', `Invalid timezone '${timezone}'.`, { cause });
  }
}
