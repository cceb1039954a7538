import type { IncomingHttpHeaders } from 'node:http';

/**
 * Where the caller reached us: scheme, host and path prefix as a proxy in front tells them (`Forwarded` of RFC 7239, or
 * the X-Forwarded family), else the Host header. Without a slash at the end.
 */
export function callerOrigin(headers: IncomingHttpHeaders, fallback: string): string {
  const forwarded = parseForwarded(first(headers['forwarded']));
  const proto = forwarded.proto ?? first(headers['x-forwarded-proto']) ?? 'http';
  const host = forwarded.host ?? first(headers['x-forwarded-host']) ?? headers.host;
  const prefix = (first(headers['x-forwarded-prefix']) ?? '').replace(/\/+$/, '');
  if (host === undefined || !/^[\w.\-:[\]]+$/.test(host) || !/^https?$/.test(proto)) return fallback;
  return `${proto}://${host}${/^(\/[\w.\-~]+)*$/.test(prefix) ? prefix : ''}`;
}

function first(header: string | string[] | undefined): string | undefined {
  const text = Array.isArray(header) ? header[0] : header;
  return text?.split(',')[0]?.trim();
}

function parseForwarded(header: string | undefined): { proto?: string; host?: string } {
  const pairs = (header ?? '').split(';').map((pair) => pair.trim().split('='));
  return Object.fromEntries(
    pairs
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => [key?.toLowerCase(), value?.replaceAll('"', '')]),
  ) as { proto?: string; host?: string };
}
