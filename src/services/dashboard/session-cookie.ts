import { forbidden } from '#kernel/errors.ts';
import type { IncomingHttpHeaders } from 'node:http';

const NAME = 'hydria-session';
/** Pages of other origins cannot send it without asking first, and nobody answers them. */
const OURS = 'x-hydria-dashboard';

/** @throws CloudError `forbidden` for a call that may come from a page of somebody else */
export function assertOurs(headers: IncomingHttpHeaders): void {
  if (headers[OURS] !== undefined) return;
  throw forbidden(`The dashboard's own calls have the header ${OURS}.`);
}

/** The token of a browser that has signed in. */
export function tokenIn({ cookie }: IncomingHttpHeaders): string | undefined {
  const pairs = (cookie ?? '').split(';').map((pair) => pair.trim().split('='));
  return pairs.find(([name]) => name === NAME)?.[1] || undefined;
}

/** No script can read it, and only our own pages send it: to the one path that gives it back. */
const cookie = (value: string, { path, secure, rest }: { path: string; secure: boolean; rest: string }) =>
  `${NAME}=${value}; Path=${path}; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}; ${rest}`;

interface Place {
  /** Absolute, without a slash at the end: `https://cloud/ui/session`. */
  readonly url: string;
}

const placeOf = ({ url }: Place) => ({
  path: new URL(url).pathname,
  secure: url.startsWith('https:'),
});

export const keptCookie = (token: string, place: Place): string =>
  cookie(token, { ...placeOf(place), rest: 'Priority=High' });

export const goneCookie = (place: Place): string =>
  cookie('', { ...placeOf(place), rest: `Expires=${new Date(0).toUTCString()}` });
