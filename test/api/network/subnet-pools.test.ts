import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { admin, member, serveNetwork, stranger, type NetworkKit } from './support.ts';

let kit: NetworkKit;
const url = '/network/v2.0';
beforeEach(async () => {
  kit = await serveNetwork();
});
afterEach(() => kit[Symbol.asyncDispose]());

const pool = (body: object, as = member) =>
  kit.make(as, 'subnetpools', { name: 'pool', prefixes: ['10.0.0.0/16'], ...body });
const cut = async (body: object, network?: string) => {
  const network_id = network ?? (await kit.make(member, 'networks', {})).id;
  return kit.api.post(`${url}/subnets`, {
    as: member,
    body: { subnet: { network_id, ip_version: 4, ...body } },
  });
};
const put = (path: string, body: object, as = member) => kit.api.put(`${url}/${path}`, { as, body });

describe('subnet pools', () => {
  it('give subnets the lowest free block, of the length asked for', async () => {
    const { id } = await pool({ default_prefixlen: 24 });
    const first = await cut({ subnetpool_id: id });
    expect(first.body.subnet).toMatchObject({
      cidr: '10.0.0.0/24',
      subnetpool_id: id,
      gateway_ip: '10.0.0.1',
    });
    expect((await cut({ subnetpool_id: id, prefixlen: 20 })).body.subnet.cidr).toBe('10.0.16.0/20');
    expect((await cut({ subnetpool_id: id })).body.subnet.cidr).toBe('10.0.1.0/24');
    expect((await cut({ subnetpool_id: id, cidr: '10.0.9.0/24' })).status).toBe(201);
    await kit.api.delete(`${url}/subnets/${first.body.subnet.id}`, { as: member });
    expect((await cut({ subnetpool_id: id })).body.subnet.cidr).toBe('10.0.0.0/24');
  });

  it('never give one block to two who ask at once', async () => {
    const { id } = await pool({ default_prefixlen: 24 });
    const made = await Promise.all([1, 2, 3, 4, 5].map(() => cut({ subnetpool_id: id })));
    expect(new Set(made.map(({ body }) => body.subnet.cidr)).size).toBe(5);
  });

  it.each([
    ['MinPrefixSubnetAllocationError', { prefixlen: 15 }],
    ['MaxPrefixSubnetAllocationError', { prefixlen: 29 }],
    ['SubnetAllocationError', { cidr: '192.168.0.0/24' }],
    ['SubnetPoolQuotaExceeded', { prefixlen: 22 }],
    ['BadRequest', { ip_version: 6 }],
    ['BadRequest', { use_default_subnetpool: true }],
    ['InvalidInput', { cidr: '10.0.0.0/24', prefixlen: 24 }],
  ])('refuse with %s: %j', async (type, body) => {
    const { id } = await pool({ min_prefixlen: 16, max_prefixlen: 28, default_quota: 512 });
    expect((await cut({ subnetpool_id: id, ...body })).body.NeutronError.type).toBe(type);
  });

  it('are compact, grow, shrink by what is free, and stay while they are in use', async () => {
    const { id, prefixes } = await pool({ prefixes: ['10.0.1.0/24', '10.0.0.0/24'], default_prefixlen: 24 });
    expect(prefixes).toEqual(['10.0.0.0/23']);
    await cut({ subnetpool_id: id });
    const added = await put(`subnetpools/${id}/add_prefixes`, { prefixes: ['10.9.0.0/24'] });
    expect(added.body).toEqual({ prefixes: ['10.0.0.0/23', '10.9.0.0/24'] });
    const removed = await put(`subnetpools/${id}/remove_prefixes`, { prefixes: ['10.0.1.0/24'] });
    expect(removed.body).toEqual({ prefixes: ['10.0.0.0/24', '10.9.0.0/24'] });
    const used = await put(`subnetpools/${id}/remove_prefixes`, { prefixes: ['10.0.0.0/24'] });
    expect(used.body.NeutronError.type).toBe('IllegalSubnetPoolPrefixUpdate');
    const shrunk = await put(`subnetpools/${id}`, { subnetpool: { prefixes: ['10.0.0.0/24'] } });
    expect(shrunk.body.NeutronError.type).toBe('IllegalSubnetPoolPrefixUpdate');
    const gone = await kit.api.delete(`${url}/subnetpools/${id}`, { as: member });
    expect([gone.status, gone.body.NeutronError.type]).toEqual([400, 'SubnetPoolDeleteError']);
  });

  it('take in subnets of a network that stood alone', async () => {
    const { id } = await pool({ prefixes: ['10.50.0.0/16'] });
    const net = await kit.makeNetwork(member, '10.60.0.0/24');
    const onboard = (as = member) =>
      put(`subnetpools/${id}/onboard_network_subnets`, { network_id: net.id }, as);
    expect((await onboard(stranger)).status).toBe(404);
    expect((await onboard()).status).toBe(200);
    const subnet = await kit.api.get(`${url}/subnets/${net.subnetId}`, { as: member });
    expect(subnet.body.subnet.subnetpool_id).toBe(id);
    const after = await kit.api.get(`${url}/subnetpools/${id}`, { as: member });
    expect(after.body.subnetpool.prefixes).toEqual(['10.50.0.0/16', '10.60.0.0/24']);
    expect((await cut({ cidr: '10.70.0.0/24' }, net.id)).body.NeutronError.type).toBe(
      'NetworkSubnetPoolAffinityError',
    );
  });

  it('are default by word of administrators, one for each IP version', async () => {
    await expect(pool({ is_default: true })).rejects.toThrow(/403/);
    const { id } = await pool({ is_default: true, shared: true, default_prefixlen: 26 }, admin);
    await expect(pool({ is_default: true, prefixes: ['172.16.0.0/12'] }, admin)).rejects.toThrow(/already/);
    expect((await cut({ use_default_subnetpool: true })).body.subnet.subnetpool_id).toBe(id);
  });
});

describe('address scopes', () => {
  it('hold pools of their IP version that do not overlap, and show on the network', async () => {
    const scope = await kit.make(member, 'address-scopes', { name: 's', ip_version: 4 });
    const { id } = await pool({ address_scope_id: scope.id, default_prefixlen: 24 });
    await expect(pool({ address_scope_id: scope.id, prefixes: ['10.0.3.0/24'] })).rejects.toThrow(
      /AddressScopePrefixConflict/,
    );
    await expect(pool({ address_scope_id: scope.id, prefixes: ['fd00::/48'] })).rejects.toThrow(/ip_version/);
    const subnet = (await cut({ subnetpool_id: id })).body.subnet;
    const network = await kit.api.get(`${url}/networks/${subnet.network_id}`, { as: member });
    expect(network.body.network.ipv4_address_scope).toBe(scope.id);
    const gone = await kit.api.delete(`${url}/address-scopes/${scope.id}`, { as: member });
    expect(gone.body.NeutronError.type).toBe('AddressScopeInUse');
  });
});

describe('auto-allocated topology', () => {
  it('is made once for the asking, says what is missing, and can be deleted', async () => {
    const path = `${url}/auto-allocated-topology/project-a`;
    const missing = await kit.api.get(`${path}?fields=dry-run`, { as: member });
    expect(missing.body.NeutronError.type).toBe('AutoAllocationFailure');
    await kit.makeNetwork(admin, '172.24.4.0/24', { 'router:external': true, is_default: true });
    await pool({ is_default: true, shared: true, default_prefixlen: 26 }, admin);
    const dry = await kit.api.get(`${path}?fields=dry-run`, { as: member });
    expect(dry.body.auto_allocated_topology.id).toBe('dry-run=pass');
    const made = await kit.api.get(path, { as: member });
    expect((await kit.api.get(path, { as: member })).body).toEqual(made.body);
    expect((await kit.api.get(path, { as: stranger })).status).toBe(404);
    const routers = await kit.api.get(`${url}/routers`, { as: member });
    expect(routers.body.routers).toHaveLength(1);
    expect((await kit.api.delete(path, { as: member })).status).toBe(204);
    expect((await kit.api.get(`${url}/routers`, { as: member })).body.routers).toEqual([]);
    const own = await kit.api.get(`${url}/networks?project_id=project-a`, { as: member });
    expect(own.body.networks).toEqual([]);
  });
});
