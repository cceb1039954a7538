import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { asked, DockerEngines } from './daemon.ts';

const engines = new DockerEngines(['http://127.0.0.1:1234']);

it.each([
  undefined,
  'unix:///var/run/docker.sock',
  'unix://docker.sock',
  'http://127.0.0.1:2375',
  'http://127.0.0.1:1235',
  'tcp://127.1:2375',
  'http://2130706433:2375',
  'tcp://0x7f000001',
  'tcp://0:2375',
  'http://localhost:2375',
  'http://a.localhost.:2375',
  'http://[::1]:2375',
  'http://[::ffff:127.0.0.1]:2375',
  'http://169.254.169.254:80',
  'http://[fe80::1]:2375',
  '127.0.0.1',
])('the engine of the own machine is not offered: %s', async (endpoint) => {
  await expect(engines.at(endpoint)).rejects.toThrow(/own machine|Invalid docker_endpoint/);
});

it.each([
  'http://host:2375',
  'tcp://10.0.0.7:2375',
  'https://docker.example.org',
  'host:2375',
  '203.0.113.9',
])('another one is: %s', async (endpoint) => {
  expect((await engines.at(endpoint)).modem).toBeDefined();
});

it.each(['ftp://host', 'http://', 'tcp://user@:1', ''])(
  'what is no endpoint is refused: "%s"',
  async (text) => {
    await expect(engines.at(text)).rejects.toThrow('Invalid docker_endpoint');
  },
);

it('a listed one is reached, and under another name it is not', async () => {
  await using server = createServer((_, answer) => void answer.end('OK'));
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const listed = new DockerEngines([`http://localhost:${port}`]);
  expect(String(await (await listed.at(`http://localhost:${port}`)).ping())).toBe('OK');
  // The machine's own name means loopback in many places: what it leads to is looked at when it is connected to.
  await expect(
    listed.at(`http://ip6-localhost:${port}`).then((engine) => asked(engine.ping())),
  ).rejects.toThrow(/cannot be reached/);
});
