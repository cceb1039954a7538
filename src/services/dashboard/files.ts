import { open } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { notFound } from '#kernel/errors.ts';
import { Reply } from '#kernel/http/route.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/** A file lies beside itself in these, smallest first. */
const ENCODINGS = [
  { name: 'br', suffix: '.br' },
  { name: 'gzip', suffix: '.gz' },
] as const;

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

/** What pages may do: run scripts of ours alone, talk to us alone, and be in nobody's frame. */
export const PAGE_HEADERS = {
  'content-security-policy': POLICY,
  'cross-origin-opener-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

/** The built dashboard in a folder: a page, and what it loads under names that change with their content. */
export class DashboardFiles {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** The one page that all addresses show; one that says so while it is being built. */
  async page(accepted: string | undefined): Promise<Reply> {
    const headers = { ...PAGE_HEADERS, 'cache-control': 'no-cache', 'content-type': TYPES['.html'] ?? '' };
    const found = await this.#open('index.html', accepted);
    if (found) return new Reply(found.body, { headers: { ...headers, ...found.headers } });
    return new Reply(BEING_BUILT, { headers });
  }

  /** @param name of a file in `assets`, without a folder @throws CloudError `not-found` */
  async asset(name: string, accepted: string | undefined): Promise<Reply> {
    const type = TYPES[extname(name)];
    const found = /^[\w.-]+$/.test(name) && type && (await this.#open(join('assets', name), accepted));
    if (!found) throw notFound(`The dashboard has no file ${name}.`);
    const headers = {
      'cache-control': 'public, max-age=31536000, immutable',
      'content-type': type,
      'x-content-type-options': 'nosniff',
      ...found.headers,
    };
    return new Reply(found.body, { headers });
  }

  async #open(path: string, accepted = '') {
    const wanted = ENCODINGS.filter(({ name }) => new RegExp(`\\b${name}\\b`).test(accepted));
    for (const { name, suffix } of [...wanted, { name: undefined, suffix: '' }]) {
      const file = await open(join(this.#directory, path + suffix)).catch(() => undefined);
      if (!file) continue;
      const headers = { vary: 'accept-encoding', ...(name !== undefined && { 'content-encoding': name }) };
      return { body: file.createReadStream(), headers };
    }
    return undefined;
  }
}

const BEING_BUILT = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="refresh" content="2">
<title>Hydria</title>
<body style="font: 16px/1.6 system-ui; display: grid; place-content: center; height: 90vh; text-align: center">
<h1>Hydria</h1>
<p>The dashboard is being built: this takes half a minute, once.<br>This page shows it as soon as it is there; if that takes longer, see dashboard.log beside the other logs. The APIs answer already.</p>
</body>
</html>
`;
