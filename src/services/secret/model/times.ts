import { badRequest } from '#kernel/errors.ts';

const ISO = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?\s?(Z|[+-]\d{2}:?\d{2})?)?$/;
const STORED_LENGTH = 24;

/** A time as clients write it, in UTC where they say nothing else. @returns the stored form @throws CloudError `bad-request` */
export function parseTime(text: string, what: string): string {
  const zoned = /(Z|T.*[+-]\d{2}:?\d{2})$/.test(text) || text.length === 10 ? text : `${text}Z`;
  const time = ISO.test(text) ? new Date(zoned.replace(' ', 'T')) : new Date(Number.NaN);
  const stored = Number.isNaN(time.getTime()) ? '' : time.toISOString();
  if (stored.length === STORED_LENGTH) return stored;
  throw badRequest(`Invalid ${what}: '${text.slice(0, 100)}' is not a time in ISO 8601.`);
}

/** The stored form of an expiration; null = never. @throws CloudError `bad-request` when it is past. */
export function parseExpiration(text: string | null | undefined, now: Date): string | null {
  if (text === null || text === undefined || text.trim() === '') return null;
  const time = parseTime(text.trim(), 'expiration');
  if (time > now.toISOString()) return time;
  throw badRequest("Invalid expiration: 'expiration' is before current time.");
}

/** `2015-04-07T03:31:29.123000`: Barbican's times have microseconds and no zone. */
export const wireTime = (iso: string): string => `${iso.slice(0, 23)}000`;
