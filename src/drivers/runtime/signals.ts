import { constants } from 'node:os';
import { badRequest } from '#kernel/errors.ts';

const RT_MIN = 34;
const RT_MAX = 64;
const REAL_TIME = /^SIGRT(MIN|MAX)(?:([+-])(\d{1,2}))?$/;

/**
 * The number of a signal as images and users write it: `SIGTERM`, `TERM`, `15`, `SIGRTMIN+3`.
 * @throws CloudError `bad-request` for an unknown one.
 */
export function signalNumber(name: string): number {
  const upper = name.trim().toUpperCase();
  const number = /^\d+$/.test(upper) ? Number(upper) : named(upper.startsWith('SIG') ? upper : `SIG${upper}`);
  if (number === undefined || number < 1 || number > RT_MAX) throw badRequest(`Unknown signal: ${name}.`);
  return number;
}

function named(name: string): number | undefined {
  const match = REAL_TIME.exec(name);
  if (!match) return constants.signals[name as NodeJS.Signals];
  const start = match[1] === 'MIN' ? RT_MIN : RT_MAX;
  const number = start + Number(`${match[2] ?? '+'}${match[3] ?? 0}`);
  return number >= RT_MIN ? number : undefined;
}
