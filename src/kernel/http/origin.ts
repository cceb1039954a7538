import type { IncomingHttpHeaders } from 'node:http';
import { callerOrigin } from './links.ts';

/**
 * Whether a page of that origin may open a WebSocket here: one of the cloud's own, by the same scheme, or of a host that is allowed. A
 * program that is no browser sends none.
 */
export function isOriginAllowed(headers: IncomingHttpHeaders, allowed: readonly string[]): boolean {
  const { origin } = headers;
  if (origin === undefined) return true;
  const [page, own] = [urlOf(origin), urlOf(callerOrigin(headers, ''))];
  if (!page) return false;
  return (
    allowed.includes(page.hostname) || (page.hostname === own?.hostname && page.protocol === own.protocol)
  );
}

const urlOf = (text: string): URL | null => URL.parse(text);
