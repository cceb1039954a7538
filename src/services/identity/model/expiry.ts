import { badRequest } from '#kernel/errors.ts';

/**
 * When something that a caller makes is to end, as the caller wrote it: ISO-8601, UTC where no zone is named.
 * @returns ISO-8601 UTC with microseconds; null = never
 * @throws CloudError `bad-request` when it is no time in the future
 */
export function parseExpiry(text: string | null | undefined, now: Date): string | null {
  if (text === undefined || text === null) return null;
  const date = new Date(/[zZ]|[+-]\d\d:?\d\d$/.test(text) ? text : `${text}Z`);
  if (Number.isNaN(date.getTime()) || date <= now)
    throw badRequest('expires_at must be a time in the future.');
  const micros = /\.\d{3}(\d{1,3})/.exec(text)?.[1] ?? '';
  return `${date.toISOString().slice(0, -1)}${micros.padEnd(3, '0')}Z`;
}

export const isPast = (expiresAt: string | null, now: Date): boolean =>
  expiresAt !== null && new Date(expiresAt) <= now;
