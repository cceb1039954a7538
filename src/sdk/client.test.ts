import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { CloudClient } from './client.ts';

const CREDENTIALS = { username: 'ada', password: 'p', projectName: 'p', domainId: 'default' };

/** A cloud whose one service is served by `answer`. */
async function clientOf(answer: RequestListener): Promise<CloudClient> {
  const server = createServer((request, response) => {
    if (!request.url?.endsWith('/auth/tokens')) return answer(request, response);
    const url = `${baseUrl}/container`;
    const endpoints = [{ interface: 'public', region_id: 'RegionOne', url }];
    response.end(JSON.stringify({ token: { catalog: [{ type: 'container', endpoints }] } }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  server.unref();
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return CloudClient.signIn({ baseUrl, credentials: CREDENTIALS });
}

it.each([200, 500])('says unavailable when the server dies amid an answer with status %i', async (status) => {
  const client = await clientOf((_request, response) => {
    response.writeHead(status, { 'content-length': '100' }).write('{"half":');
    setImmediate(() => response.destroy());
  });
  const cut = { kind: 'unavailable', message: expect.stringContaining('was cut off') };
  await expect(client.get('container', '/containers')).rejects.toMatchObject(cut);
  await expect(client.post('container', '/containers', {})).rejects.toMatchObject(cut);
});
