import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { member, serveNetwork, stranger, type NetworkKit } from './support.ts';

let kit: NetworkKit;
beforeAll(async () => {
  kit = await serveNetwork();
});
afterAll(() => kit[Symbol.asyncDispose]());
const url = '/network/v2.0';
const refuse = (subnet: object) => kit.api.post(`${url}/subnets`, { as: member, body: { subnet } });

describe('subnets', () => {
  it('get a gateway and the rest as their pool', async () => {
    const { id } = await kit.make(member, 'networks', {});
    const subnet = await kit.make(member, 'subnets', {
      network_id: id,
      cidr: '10.0.0.0/24',
      ip_version: '4',
    });
    expect(subnet).toMatchObject({
      gateway_ip: '10.0.0.1',
      enable_dhcp: true,
      ip_version: 4,
      allocation_pools: [{ start: '10.0.0.2', end: '10.0.0.254' }],
    });
    expect((await kit.api.get(`${url}/networks/${id}`, { as: member })).body.network.subnets).toEqual([
      subnet.id,
    ]);
    const put = await kit.api.put(`${url}/subnets/${subnet.id}`, {
      as: member,
      body: { subnet: { gateway_ip: null, dns_nameservers: ['9.9.9.9'] } },
    });
    expect(put.body.subnet).toMatchObject({ gateway_ip: null, dns_nameservers: ['9.9.9.9'] });
  });

  it('are refused when they contradict themselves or their neighbours', async () => {
    const { id } = await kit.makeNetwork(member, '10.1.0.0/24');
    const base = { network_id: id, ip_version: 4, cidr: '10.2.0.0/24' };
    const cases: [object, number, string][] = [
      [{ cidr: '10.1.0.128/25' }, 400, 'InvalidInput'],
      [{ cidr: '10.2.0.1/24' }, 400, 'InvalidInput'],
      [{ cidr: 'nonsense' }, 400, 'InvalidInput'],
      [{ ip_version: 6 }, 400, 'InvalidInput'],
      [{ ipv6_ra_mode: 'slaac' }, 400, 'InvalidInput'],
      [{ allocation_pools: [{ start: '10.2.0.9', end: '10.2.0.5' }] }, 400, 'InvalidAllocationPool'],
      [{ allocation_pools: [{ start: '10.2.0.9', end: '10.3.0.5' }] }, 400, 'OutOfBoundsAllocationPool'],
      [
        { allocation_pools: [{ start: '10.2.0.1', end: '10.2.0.5' }] },
        409,
        'GatewayConflictWithAllocationPools',
      ],
      [
        {
          allocation_pools: [
            { start: '10.2.0.2', end: '10.2.0.5' },
            { start: '10.2.0.5', end: '10.2.0.9' },
          ],
        },
        409,
        'OverlappingAllocationPools',
      ],
      [{ network_id: 'nobody' }, 404, 'NetworkNotFound'],
    ];
    for (const [change, status, type] of cases) {
      const answer = await refuse({ ...base, ...change });
      expect([answer.status, answer.body.NeutronError.type]).toEqual([status, type]);
    }
    const foreign = await kit.api.post(`${url}/subnets`, { as: stranger, body: { subnet: base } });
    expect(foreign.status).toBe(404);
  });

  it('stay while a port has an address of them', async () => {
    const { id, subnetId } = await kit.makeNetwork(member, '10.4.0.0/24');
    const port = await kit.make(member, 'ports', { network_id: id });
    const refused = await kit.api.delete(`${url}/subnets/${subnetId}`, { as: member });
    expect([refused.status, refused.body.NeutronError.type]).toEqual([409, 'SubnetInUse']);
    const network = await kit.api.delete(`${url}/networks/${id}`, { as: member });
    expect([network.status, network.body.NeutronError.type]).toEqual([409, 'NetworkInUse']);
    await kit.api.delete(`${url}/ports/${port.id}`, { as: member });
    expect((await kit.api.delete(`${url}/subnets/${subnetId}`, { as: member })).status).toBe(204);
  });
});
