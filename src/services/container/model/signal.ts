import { constants } from 'node:os';
import { badRequest } from '#kernel/errors.ts';

/** `SIGKILL` for what a user wrote: `KILL`, `sigkill`, `9`, nothing. @throws CloudError `bad-request` for no signal. */
export function signalName(text: string | number | null | undefined): string {
  if (text === null || text === undefined || text === 'None' || text === '') return 'SIGKILL';
  const upper = String(text).toUpperCase();
  const known = Object.entries(constants.signals).find(
    ([name, number]) => name === upper || name === `SIG${upper}` || String(number) === upper,
  );
  if (!known) throw badRequest(`Invalid input for field signal: '${text}' is not a signal.`);
  return known[0];
}
