import { afterAll, beforeAll, expect, it } from 'vitest';
import { dockerContainer } from '#services/orchestration/resources/docker/container.ts';
import { DockerEngines } from '#services/orchestration/resources/docker/daemon.ts';
import type { Cloud } from '#services/orchestration/resources/resource-type.ts';
import type { JsonMap } from '#services/orchestration/template/json.ts';
import { keepsTheContract, Specimen } from '#test/support/type-bench.ts';
import { DockerDaemon } from './docker-daemon.ts';

const IMAGE = 'marouen/apache';
const nowhere: Cloud = { call: () => Promise.reject(new Error('Docker is no part of the cloud.')) };

const NOBODY = ['http://127.0.0.1:1', 'unix:///no/such/socket'];

let daemon: DockerDaemon;
const specimen = (properties: JsonMap) =>
  new Specimen(nowhere, dockerContainer(new DockerEngines([daemon.endpoint, ...NOBODY])), {
    docker_endpoint: daemon.endpoint,
    image: IMAGE,
    ...properties,
  });

beforeAll(async () => {
  daemon = await DockerDaemon.make({ tcp: true });
  await daemon.build(IMAGE, ['/bin/httpd', '-f']);
}, 90_000);
afterAll(() => daemon[Symbol.asyncDispose]());

it('runs, is made once, taken away and missed', { timeout: 60_000 }, () =>
  keepsTheContract(specimen({ port_specs: [80] })),
);

it('tells of itself, is suspended and resumed', { timeout: 60_000 }, async () => {
  const web = await specimen({
    name: 'web',
    port_specs: [80],
    env: ['A=b'],
    cmd: ['/bin/sh', '-c', 'echo one; echo two; trap "exit 0" TERM; httpd -f & wait'],
  }).create();
  expect(await web.get('info')).toMatchObject({
    Name: '/web',
    Config: { Env: expect.arrayContaining(['A=b']) },
  });
  expect(await web.get('network_info')).toMatchObject({ TcpPorts: '', UdpPorts: '' });
  for (const name of ['network_ip', 'network_gateway', 'network_tcp_ports', 'network_udp_ports'])
    expect(await web.get(name), name).toBe('');
  expect(await web.get('logs_head')).toBe('one');
  expect(await web.get('logs')).toBe('one\ntwo\n');
  expect(await web.get('logs_tail')).toBe('');
  const isRunning = async () =>
    (await daemon.docker('inspect', '--format', '{{.State.Running}}', 'web')).stdout.trim();
  await web.suspend();
  await web.suspend();
  expect(await isRunning()).toBe('false');
  await web.resume();
  await web.resume();
  expect(await isRunning()).toBe('true');
  await web.remove();
  expect(await web.get('logs').catch(() => 'gone')).toBe('gone');
});

it('fails with what a container said that ended badly, and leaves nothing', { timeout: 60_000 }, async () => {
  const bad = specimen({ name: 'bad', cmd: ['/bin/sh', '-c', 'echo why; exit 3'] });
  await bad.create().catch(() => undefined);
  await daemon.docker('wait', 'bad');
  await expect(bad.settle()).rejects.toThrow('why');
  await bad.remove();
  expect((await daemon.docker('ps', '--all', '--quiet', '--filter', 'name=bad')).stdout).toBe('');
});

it('takes away what a try made that nobody saw the end of', { timeout: 60_000 }, async () => {
  const lost = specimen({ name: 'lost' });
  await lost.createAndCrash();
  expect((await daemon.docker('ps', '--all', '--quiet', '--filter', 'name=lost')).stdout).not.toBe('');
  await lost.remove();
  expect((await daemon.docker('ps', '--all', '--quiet', '--filter', 'name=lost')).stdout).toBe('');
});

it.each<[JsonMap, string]>([
  [{ image: 'no.such.test/image' }, 'no.such.test'],
  [{ docker_endpoint: 'ftp://host' }, 'Invalid docker_endpoint'],
  [{ docker_endpoint: 'http://127.0.0.1:1' }, 'Docker cannot be reached'],
  [{ docker_endpoint: 'unix:///no/such/socket' }, 'Docker cannot be reached'],
])('says what is wrong with %j', { timeout: 60_000 }, async (properties, message) => {
  await expect(specimen(properties).create()).rejects.toThrow(message);
});
