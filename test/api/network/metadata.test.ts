import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { InstanceMetadata } from '#services/network/port.ts';
import { ctxOf, member, serveNetwork, type NetworkKit } from './support.ts';

let kit: NetworkKit;
let known: Map<string, InstanceMetadata>;
beforeEach(async () => {
  kit = await serveNetwork('node-1', 'node-2');
  known = new Map();
  kit.parts.metadata.register(async (id) => known.get(id));
});
afterEach(() => kit[Symbol.asyncDispose]());

const instance = (id: string, projectId = 'project-a'): InstanceMetadata => ({
  id,
  name: `name-of-${id}`,
  hostname: id,
  projectId,
  availabilityZone: 'nova',
  userData: null,
  keys: [],
  meta: {},
});

const attach = async (deviceId: string) => {
  const { id } = await kit.makeNetwork(member, '10.0.0.0/24');
  known.set(deviceId, instance(deviceId));
  const [port] = await kit.parts.port.attachPorts(ctxOf(member), {
    deviceId,
    deviceOwner: 'compute:kuryr',
    host: 'node-1',
    dnsName: deviceId,
    requests: [
      {
        portId: `port-of-${deviceId}`,
        networkId: id,
        fixedIps: [],
        securityGroups: null,
        device: 'eth0',
        primary: true,
      },
    ],
  });
  return port?.id ?? '';
};

const ask = (host: string, portId: string, path: string, method = 'GET') =>
  kit.parts.metadata.answer(host, {
    portId,
    request: { source: '10.0.0.2', method, path, headers: {}, body: '' },
  });

describe('the metadata service', () => {
  it('tells an instance about itself, with its addresses', async () => {
    const port = await attach('web');
    const answer = await ask('node-1', port, '/openstack/latest/meta_data.json?x=1');
    expect(answer).toMatchObject({ status: 200, contentType: 'application/json' });
    expect(JSON.parse(answer.body)).toMatchObject({ uuid: 'web', project_id: 'project-a' });
    expect((await ask('node-1', port, '/latest/meta-data/local-ipv4')).body).toBe('10.0.0.2');
  });

  it('tells a node nothing about a port of another', async () => {
    const port = await attach('web');
    expect((await ask('node-2', port, '/latest/meta-data/instance-id')).status).toBe(404);
  });

  it('tells nothing where the device is nobody’s, or another project’s', async () => {
    const port = await attach('web');
    known.set('web', instance('web', 'project-b'));
    expect((await ask('node-1', port, '/latest/meta-data/instance-id')).status).toBe(404);
    known.clear();
    expect((await ask('node-1', port, '/latest/meta-data/instance-id')).status).toBe(404);
    expect((await ask('node-1', 'no-such-port', '/')).status).toBe(404);
  });

  it('refuses to be written to, and has nothing at unknown paths', async () => {
    const port = await attach('web');
    expect((await ask('node-1', port, '/latest/meta-data/', 'DELETE')).status).toBe(405);
    expect((await ask('node-1', port, '/../../etc/passwd')).status).toBe(404);
  });

  it('is where a port’s route leads', async () => {
    await attach('web');
    const objects = await kit.parts.source.list('node-1');
    expect(objects.find(({ kind }) => kind === 'network')?.spec).toMatchObject({ metadata: true });
    expect(objects.find(({ kind }) => kind === 'port')?.spec).toMatchObject({
      routes: [{ destination: '169.254.169.254/32', nexthop: '10.0.0.3' }],
    });
  });
});
