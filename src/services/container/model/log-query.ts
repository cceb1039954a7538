import { badRequest } from '#kernel/errors.ts';

/**
 * The time after which lines are wanted, ISO-8601: from seconds of the epoch or `YYYY-MM-DD HH:MM:SS,mmm` in UTC.
 * @throws CloudError `bad-request` for anything else.
 */
export function parseSince(text: string | undefined): string | null {
  if (text === undefined || text === 'None' || text === '') return null;
  const time = /^\d+(\.\d+)?$/.test(text)
    ? Number(text) * 1000
    : Date.parse(`${text.replace(',', '.').replace(' ', 'T')}Z`);
  if (Number.isFinite(time) && Math.abs(time) <= 8.64e15) return new Date(time).toISOString();
  throw badRequest(`Invalid input for field since: '${text}' is no time.`);
}
