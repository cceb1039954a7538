import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { conflict } from '#kernel/errors.ts';
import { silentLogger } from '#kernel/log.ts';
import type { Method } from './methods.ts';
import { servePlugin } from './server.ts';

let directory: string;
let socket: string;
let stop: () => Promise<void>;

const methods: Readonly<Record<string, Method>> = {
  'Plugin.Activate': async (body) => ({ got: body }),
  'NetworkDriver.Join': async () => {
    throw conflict('no room');
  },
  'NetworkDriver.Leave': async () => {
    throw new Error('a secret of the program');
  },
};

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kuryr-'));
  socket = join(directory, 'plugins', 'kuryr.sock');
  stop = await servePlugin({ methods, log: silentLogger }, { socket });
});
afterEach(async () => {
  await stop();
  await rm(directory, { recursive: true, force: true });
});

async function post(path: string, body = '', method = 'POST') {
  const { promise, resolve, reject } = Promise.withResolvers<{
    status: number;
    type: string;
    body: string;
  }>();
  const call = request({ socketPath: socket, path, method }, (response) => {
    void text(response).then((said) =>
      resolve({
        status: response.statusCode ?? 0,
        type: String(response.headers['content-type']),
        body: said,
      }),
    );
  });
  call.once('error', reject);
  call.end(body);
  return promise;
}

describe('the plug-in’s server', () => {
  it('answers dockerd, which sends no body at times, in its media type', async () => {
    const answer = await post('/Plugin.Activate');
    expect(answer).toMatchObject({ status: 200, body: '{"got":{}}' });
    expect(answer.type).toContain('application/vnd.docker.plugins.v1+json');
    expect((await post('/Plugin.Activate', '{"a":1}')).body).toBe('{"got":{"a":1}}');
  });

  it('does not know methods that are not there: dockerd passes over those', async () => {
    for (const path of ['/NetworkDriver.Nonsense', '/toString', '/'])
      expect((await post(path)).status).toBe(404);
    expect((await post('/Plugin.Activate', '', 'GET')).status).toBe(404);
  });

  it('tells failures in Err, but not those of the program itself', async () => {
    expect(await post('/NetworkDriver.Join')).toMatchObject({ status: 409, body: '{"Err":"no room"}' });
    const answer = await post('/NetworkDriver.Leave');
    expect(answer.status).toBe(500);
    expect(answer.body).not.toContain('secret');
  });

  it('refuses what is not JSON and what is too much', async () => {
    expect((await post('/Plugin.Activate', '{')).status).toBe(400);
    expect((await post('/Plugin.Activate', `"${'x'.repeat(1 << 20)}"`)).status).toBe(413);
  });

  it('is for root alone, takes the place of one that was killed, and leaves no socket', async () => {
    expect((await stat(socket)).mode & 0o777).toBe(0o600);
    await stop();
    await expect(stat(socket)).rejects.toThrow('ENOENT');
    await writeFile(socket, '');
    stop = await servePlugin({ methods, log: silentLogger }, { socket });
    expect((await post('/Plugin.Activate')).status).toBe(200);
  });

  it('can be found at a port by its file', async () => {
    const spec = join(directory, 'docker', 'kuryr.json');
    const close = await servePlugin({ methods, log: silentLogger }, { host: '127.0.0.1', port: 0, spec });
    const { Name, Addr } = JSON.parse(await readFile(spec, 'utf8')) as { Name: string; Addr: string };
    expect(Name).toBe('kuryr');
    expect((await fetch(`${Addr}/Plugin.Activate`, { method: 'POST' })).status).toBe(200);
    await close();
    await expect(stat(spec)).rejects.toThrow('ENOENT');
  });
});
