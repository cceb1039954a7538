import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { admin, member, serveNetwork, stranger, type NetworkKit } from './support.ts';

let kit: NetworkKit;
let external: { id: string; subnetId: string };
beforeAll(async () => {
  kit = await serveNetwork();
  external = await kit.makeNetwork(
    admin,
    '172.24.4.0/24',
    { 'router:external': true },
    { enable_dhcp: false },
  );
});
afterAll(() => kit[Symbol.asyncDispose]());
const url = '/network/v2.0';
const routerTo = () => kit.make(member, 'routers', { external_gateway_info: { network_id: external.id } });
const link = (router: { id: string }, verb: string, body: object) =>
  kit.api.put(`${url}/routers/${router.id}/${verb}_router_interface`, { as: member, body });

describe('routers', () => {
  it('lead a subnet out, with NAT, and nodes are told', async () => {
    const inner = await kit.makeNetwork(member, '10.0.0.0/24');
    kit.nodes.take();
    const router = await routerTo();
    expect(router.external_gateway_info).toMatchObject({ network_id: external.id, enable_snat: true });
    const added = await link(router, 'add', { subnet_id: inner.subnetId });
    expect(added.status).toBe(200);
    expect(added.body).toMatchObject({
      id: router.id,
      subnet_id: inner.subnetId,
      subnet_ids: [inner.subnetId],
      network_id: inner.id,
    });
    const last = kit.nodes.take().at(-1);
    expect(last?.objects.map(({ kind }) => kind)).toEqual(['network', 'router']);
    expect(last?.objects.at(-1)?.spec).toMatchObject({
      gateway: {
        mtu: 1500,
        nexthops: ['172.24.4.1'],
        snat: true,
        addresses: [{ address: '172.24.4.2', prefix: 24 }],
      },
      interfaces: [
        { portId: added.body.port_id, mtu: 1450, addresses: [{ address: '10.0.0.1', prefix: 24 }] },
      ],
    });
    const wanted = await kit.parts.source.list('node-1');
    expect(wanted.find(({ id }) => id === external.id)?.spec).toMatchObject({
      resolver: null,
      uplink: { addresses: [{ address: '172.24.4.1', prefix: 24 }], masquerade: true },
    });
    const busy = await kit.api.delete(`${url}/routers/${router.id}`, { as: member });
    expect([busy.status, busy.body.NeutronError.type]).toEqual([409, 'RouterInUse']);
    const port = await kit.api.delete(`${url}/ports/${added.body.port_id}`, { as: member });
    expect([port.status, port.body.NeutronError.type]).toEqual([409, 'ServicePortInUse']);
    expect((await link(router, 'remove', { subnet_id: inner.subnetId })).status).toBe(200);
    expect((await kit.api.delete(`${url}/routers/${router.id}`, { as: member })).status).toBe(204);
    expect(kit.nodes.take().at(-1)?.removed).toContainEqual({ kind: 'router', id: router.id });
  });

  it('made while no node is there live, with their ports, on the first that comes', async () => {
    kit.nodes.away.add('node-1');
    const inner = await kit.makeNetwork(member, '10.77.0.0/24');
    const router = await routerTo();
    const added = await link(router, 'add', { subnet_id: inner.subnetId });
    kit.nodes.away.delete('node-1');
    const wanted = await kit.parts.source.list('node-1');
    const spec = wanted.find(({ id }) => id === router.id)?.spec;
    expect(spec).toMatchObject({ interfaces: [{ portId: added.body.port_id }] });
    expect(wanted.some(({ id }) => id === inner.id)).toBe(true);
  });

  it('take no subnet twice, none that overlaps, and none that is not there', async () => {
    const router = await routerTo();
    const one = await kit.makeNetwork(member, '10.1.0.0/24');
    const two = await kit.makeNetwork(member, '10.1.0.0/16');
    await link(router, 'add', { subnet_id: one.subnetId });
    for (const subnet_id of [one.subnetId, two.subnetId]) {
      const answer = await link(router, 'add', { subnet_id });
      expect([answer.status, answer.body.NeutronError.type]).toEqual([400, 'BadRequest']);
    }
    expect((await link(router, 'add', { subnet_id: 'nobody' })).status).toBe(404);
    expect((await link(router, 'remove', { subnet_id: two.subnetId })).body.NeutronError.type).toBe(
      'RouterInterfaceNotFoundForSubnet',
    );
    expect((await kit.api.get(`${url}/routers/${router.id}`, { as: stranger })).status).toBe(404);
    const snat = { router: { external_gateway_info: { network_id: external.id, enable_snat: false } } };
    expect((await kit.api.put(`${url}/routers/${router.id}`, { as: member, body: snat })).status).toBe(403);
  });

  it('take routes only by next hops that they can reach', async () => {
    const router = await routerTo();
    const { subnetId } = await kit.makeNetwork(member, '10.2.0.0/24');
    await link(router, 'add', { subnet_id: subnetId });
    const routes = [{ destination: '192.168.9.0/24', nexthop: '10.2.0.9' }];
    const put = (path: string, body: object) =>
      kit.api.put(`${url}/routers/${router.id}${path}`, { as: member, body: { router: body } });
    expect((await put('', { routes })).body.router.routes).toEqual(routes);
    expect((await put('/remove_extraroutes', { routes })).body.router.routes).toEqual([]);
    expect(
      (await put('/add_extraroutes', { routes: [{ destination: '1.0.0.0/8', nexthop: '9.9.9.9' }] })).status,
    ).toBe(400);
  });
});

describe('floating IPs', () => {
  it('that lead nowhere go with their network, and one in use keeps it', async () => {
    const cidr = '172.25.0.0/24';
    const outside = await kit.makeNetwork(admin, cidr, { 'router:external': true }, { enable_dhcp: false });
    const inside = await kit.makeNetwork(member, '10.30.0.0/24');
    const gateway = { network_id: outside.id };
    const router = await kit.make(member, 'routers', { external_gateway_info: gateway });
    await link(router, 'add', { subnet_id: inside.subnetId });
    const port = await kit.make(member, 'ports', { network_id: inside.id });
    const used = await kit.make(member, 'floatingips', { floating_network_id: outside.id, port_id: port.id });
    const remove = () => kit.api.delete(`${url}/networks/${outside.id}`, { as: admin });
    expect((await remove()).status).toBe(409);
    const idle = { floatingip: { port_id: null } };
    await kit.api.put(`${url}/floatingips/${used.id}`, { as: member, body: idle });
    expect((await remove()).status).toBe(409);
    const closed = { router: { external_gateway_info: null } };
    await kit.api.put(`${url}/routers/${router.id}`, { as: member, body: closed });
    expect((await remove()).status).toBe(204);
    expect((await kit.api.get(`${url}/floatingips/${used.id}`, { as: member })).status).toBe(404);
    expect((await kit.api.get(`${url}/ports?network_id=${outside.id}`, { as: admin })).body.ports).toEqual(
      [],
    );
  });

  it('lead to a port behind a router, one for each address, and are let go with the port', async () => {
    const inner = await kit.makeNetwork(member, '10.3.0.0/24');
    const router = await routerTo();
    const port = await kit.make(member, 'ports', { network_id: inner.id });
    const body = { floating_network_id: external.id, port_id: port.id };
    const early = await kit.api.post(`${url}/floatingips`, { as: member, body: { floatingip: body } });
    expect([early.status, early.body.NeutronError.type]).toEqual([
      404,
      'ExternalGatewayForFloatingIPNotFound',
    ]);
    await link(router, 'add', { subnet_id: inner.subnetId });
    const made = await kit.make(member, 'floatingips', body);
    expect(made).toMatchObject({
      status: 'ACTIVE',
      port_id: port.id,
      fixed_ip_address: '10.3.0.2',
      router_id: router.id,
    });
    const spec = kit.nodes.take().at(-1)?.objects.at(-1)?.spec;
    expect(spec).toMatchObject({ floatingIps: [{ external: made.floating_ip_address, fixed: '10.3.0.2' }] });
    const twice = await kit.api.post(`${url}/floatingips`, { as: member, body: { floatingip: body } });
    expect([twice.status, twice.body.NeutronError.type]).toEqual([409, 'FloatingIPPortAlreadyAssociated']);
    const busy = await link(router, 'remove', { subnet_id: inner.subnetId });
    expect([busy.status, busy.body.NeutronError.type]).toEqual([409, 'RouterInterfaceInUseByFloatingIP']);
    await kit.api.delete(`${url}/ports/${port.id}`, { as: member });
    const after = await kit.api.get(`${url}/floatingips/${made.id}`, { as: member });
    expect(after.body.floatingip).toMatchObject({
      status: 'DOWN',
      port_id: null,
      fixed_ip_address: null,
      router_id: null,
    });
    expect((await kit.api.delete(`${url}/floatingips/${made.id}`, { as: member })).status).toBe(204);
  });

  it('come only from external networks', async () => {
    const { id } = await kit.makeNetwork(member, '10.4.0.0/24');
    const answer = await kit.api.post(`${url}/floatingips`, {
      as: member,
      body: { floatingip: { floating_network_id: id } },
    });
    expect([answer.status, answer.body.NeutronError.type]).toEqual([400, 'BadRequest']);
  });
});
