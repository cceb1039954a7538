import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createDashboardService } from '#services/dashboard/index.ts';
import { serveApi, type TestApi } from '#test/support/api.ts';

let api: TestApi;
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'dashboard-'));
  api = await serveApi({ rules: [], services: () => [createDashboardService({ directory })] });
});
afterEach(async () => {
  await api[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

async function build(): Promise<void> {
  await mkdir(join(directory, 'assets'));
  await writeFile(join(directory, 'index.html'), '<!doctype html><title>it</title>');
  await writeFile(join(directory, 'assets', 'main-1a2b.js'), 'plain');
  await writeFile(join(directory, 'assets', 'main-1a2b.js.br'), 'small');
  await writeFile(join(directory, 'stamp'), 'of the sources');
}

it('leads people to the dashboard, and leaves programs the answer that they know', async () => {
  const person = await api.get('/', { headers: { accept: 'text/html,*/*;q=0.8' } });
  expect([person.status, person.headers['location']]).toEqual([302, '/ui/']);
  for (const accept of ['application/json', '*/*']) {
    const program = await api.get('/', { headers: { accept } });
    expect([program.status, program.body.error.message]).toEqual([404, 'There is nothing at /.']);
  }
});

it.each(['/ui', '/ui/', '/ui/containers', '/ui/containers/c1/logs'])(
  'shows the one page at %s',
  async (path) => {
    await build();
    const { status, headers, text } = await api.get(path);
    expect([status, text]).toEqual([200, '<!doctype html><title>it</title>']);
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-cache',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
    });
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'; script-src 'self';");
    expect(policy).toContain("frame-ancestors 'none'");
  },
);

it('says that it is being built, and shows it as soon as it is', async () => {
  const early = await api.get('/ui/');
  expect([early.status, early.headers['cache-control']]).toEqual([200, 'no-cache']);
  expect(early.text).toContain('http-equiv="refresh"');
  await build();
  expect((await api.get('/ui/')).text).toContain('<title>it</title>');
});

it('gives what a page loads for ever, compressed for those who can read it', async () => {
  await build();
  const small = await api.get('/ui/assets/main-1a2b.js', { headers: { 'accept-encoding': 'gzip, br' } });
  expect([small.text, small.headers['content-encoding'], small.headers['vary']]).toEqual([
    'small',
    'br',
    'accept-encoding',
  ]);
  expect(small.headers['cache-control']).toBe('public, max-age=31536000, immutable');
  const plain = await api.get('/ui/assets/main-1a2b.js');
  expect([plain.text, plain.headers['content-encoding'], plain.headers['content-type']]).toEqual([
    'plain',
    undefined,
    'text/javascript; charset=utf-8',
  ]);
});

it.each(['absent.js', '..%2Fstamp', '..%2Findex.html', 'stamp', 'main-1a2b.js.br'])(
  'gives no file %s',
  async (name) => {
    await build();
    expect((await api.get(`/ui/assets/${name}`)).status).toBe(404);
  },
);

it('takes no name that ends before its end', async () => {
  await build();
  expect((await api.get('/ui/assets/main-1a2b.js%00.js')).status).toBe(400);
});
