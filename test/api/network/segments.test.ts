import { afterEach, beforeEach, expect, it } from 'vitest';
import { admin, member, serveNetworkWith, type NetworkKit } from './support.ts';

let kit: NetworkKit;
const url = '/network/v2.0';
beforeEach(async () => {
  kit = await serveNetworkWith(
    {
      segments: {
        physicalNetworks: [{ name: 'rack', vlans: { first: 100, last: 101 }, mtu: 9000 }, { name: 'hall' }],
        vnis: { first: 10, last: 12 },
      },
    },
    'node-1',
    'node-2',
  );
});
afterEach(() => kit[Symbol.asyncDispose]());

const network = (network_type: string, physical_network?: string, segmentation_id?: number) =>
  kit.api.post(`${url}/networks`, {
    as: admin,
    body: {
      network: {
        'provider:network_type': network_type,
        ...(physical_network === undefined ? {} : { 'provider:physical_network': physical_network }),
        ...(segmentation_id === undefined ? {} : { 'provider:segmentation_id': segmentation_id }),
      },
    },
  });
const numberOf = async (answer: ReturnType<typeof network>): Promise<number> =>
  (await answer).body.network['provider:segmentation_id'] as number;
const typeOf = async (answer: ReturnType<typeof network>): Promise<string> =>
  (await answer).body.NeutronError.type as string;

it('gives networks the lowest free number, and says when none is left', async () => {
  const { id } = (await network('vxlan')).body.network;
  expect(await numberOf(network('vxlan'))).toBe(11);
  await kit.api.delete(`${url}/networks/${id}`, { as: admin });
  expect(await numberOf(network('vxlan'))).toBe(10);
  expect(await numberOf(network('vxlan'))).toBe(12);
  const full = await network('vxlan');
  expect([full.status, full.body.NeutronError.type]).toEqual([503, 'NoNetworkAvailable']);
  expect(await numberOf(network('vxlan', undefined, 4242))).toBe(4242);
  expect(await typeOf(network('vxlan', undefined, 4242))).toBe('TunnelIdInUse');
});

it('gives VLANs for each physical network by itself, with its MTU', async () => {
  const made = await network('vlan', 'rack');
  expect(made.body.network).toMatchObject({ 'provider:segmentation_id': 100, mtu: 9000 });
  expect(await numberOf(network('vlan', 'rack'))).toBe(101);
  expect(await typeOf(network('vlan', 'rack'))).toBe('NoNetworkAvailable');
  expect(await numberOf(network('vlan', 'hall', 100))).toBe(100);
  expect(await typeOf(network('vlan', 'hall', 100))).toBe('VlanIdInUse');
  expect(await typeOf(network('vlan', 'hall'))).toBe('NoNetworkAvailable');
});

it('refuses what cannot be: unknown networks, numbers out of range, two flat ones, members’ wishes', async () => {
  expect(await typeOf(network('vlan'))).toBe('InvalidInput');
  expect(await typeOf(network('vlan', 'nowhere', 5))).toBe('InvalidInput');
  expect(await typeOf(network('vlan', 'rack', 5000))).toBe('InvalidInput');
  expect(await typeOf(network('vxlan', 'rack'))).toBe('InvalidInput');
  expect(await typeOf(network('flat', 'rack', 5))).toBe('InvalidInput');
  expect((await network('flat', 'rack')).status).toBe(201);
  expect(await typeOf(network('flat', 'rack'))).toBe('FlatNetworkInUse');
  const body = { network: { 'provider:network_type': 'vlan', 'provider:physical_network': 'rack' } };
  expect((await kit.api.post(`${url}/networks`, { as: member, body })).status).toBe(403);
});

it('refuses VLANs, with the reason, once every node has said that it cannot carry them', async () => {
  const lacks = { vlan: 'The kernel has no VLANs.' };
  kit.nodes.networkLacks.set('node-1', lacks);
  expect((await network('vlan', 'rack')).status).toBe(201);
  kit.nodes.networkLacks.set('node-2', lacks);
  const { status, body } = await network('vlan', 'rack');
  expect([status, body.NeutronError.type]).toEqual([400, 'InvalidInput']);
  expect(body.NeutronError.message).toContain("network_type value 'vlan' not supported");
  expect(body.NeutronError.message).toContain(lacks.vlan);
  expect((await network('vxlan')).status).toBe(201);
  expect((await network('flat', 'rack')).status).toBe(201);
});
