import { randomUUID } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';

export type { Browser, Page };

/**
 * Debian's Chromium in a network of its own, where nothing but the cloud is: with links that come and go, as containers' do, it would
 * break off every request. Nothing is downloaded.
 */
export async function openBrowser(cloudUrl: string): Promise<Browser> {
  const port = Number(new URL(cloudUrl).port);
  const socket = join(tmpdir(), `browser-${randomUUID().slice(0, 8)}`);
  const way = createServer((here) => {
    const there = connect(port, '127.0.0.1');
    here.pipe(there).pipe(here);
    here.on('error', () => there.destroy());
    there.on('error', () => here.destroy());
  });
  way.listen(socket);
  const program = `${socket}.sh`;
  await writeFile(program, scriptOf(port, socket), { mode: 0o700 });
  const browser = await chromium.launch({ executablePath: program, args: ['--no-sandbox', '--disable-gpu'] });
  browser.on('disconnected', () => {
    way.close();
    void rm(program);
  });
  return browser;
}

/** All of it ends with the browser, which is the first process of its own. */
const scriptOf = (port: number, socket: string): string => `#!/bin/sh
[ "$1" = inside ] || exec unshare --net --pid --mount-proc --fork --kill-child "$0" inside "$@"
shift
ip link set lo up
socat TCP-LISTEN:${port},bind=127.0.0.1,fork,reuseaddr UNIX-CONNECT:${socket} &
exec /usr/bin/chromium "$@"
`;

interface Finding {
  readonly id: string;
  readonly impact: string | null;
  readonly nodes: readonly { readonly html: string }[];
}

/** What people with a screen reader, a keyboard alone or weak eyes could not use: the serious findings of axe. */
export async function seriousFindings(page: Page): Promise<string[]> {
  if (!(await page.evaluate("'axe' in globalThis"))) {
    const source = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
    await page.evaluate(await readFile(source, 'utf8'));
  }
  const { violations }: { violations: Finding[] } = await page.evaluate(
    "axe.run({ resultTypes: ['violations'] })",
  );
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(', ')}`);
}
