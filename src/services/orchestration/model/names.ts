import { randomInt } from 'node:crypto';
import { badRequest } from '#kernel/errors.ts';

const LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789';
const MAX_NAME = 255;

/** `<stack>-<resource>-<12 characters>`, cut in the middle where that would be longer than any service takes. */
export function physicalName(stack: string, resource: string): string {
  const end = `-${resource}-${Array.from({ length: 12 }, () => LETTERS[randomInt(LETTERS.length)]).join('')}`;
  return `${stack.slice(0, Math.max(2, MAX_NAME - end.length))}${end}`.slice(-MAX_NAME);
}

/** @throws CloudError `bad-request` in the words that clients know. */
export function assertStackName(name: string): void {
  if (!/^[a-zA-Z][\w.-]{0,254}$/.test(name))
    throw badRequest(
      `Invalid stack name ${name} must contain only alphanumeric or "_-." characters, must start with alpha and must be 255 characters or less.`,
    );
}
