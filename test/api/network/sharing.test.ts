import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { admin, member, serveNetwork, stranger, type NetworkKit } from './support.ts';

let kit: NetworkKit;
const url = '/network/v2.0';
beforeEach(async () => {
  kit = await serveNetwork();
});
afterEach(() => kit[Symbol.asyncDispose]());

const share = (as: typeof member, body: object) =>
  kit.api.post(`${url}/rbac-policies`, {
    as,
    body: { rbac_policy: { action: 'access_as_shared', ...body } },
  });
const sees = async (path: string) => (await kit.api.get(`${url}/${path}`, { as: stranger })).status === 200;

describe('RBAC policies', () => {
  it('let one project see and use a network, until it uses it no more', async () => {
    const net = await kit.makeNetwork(member, '10.0.0.0/24');
    expect(await sees(`networks/${net.id}`)).toBe(false);
    const made = await share(member, {
      object_type: 'network',
      object_id: net.id,
      target_tenant: 'project-b',
    });
    expect(made.status).toBe(201);
    const { rbac_policy: entry } = made.body;
    expect(entry).toMatchObject({ project_id: 'project-a', target_tenant: 'project-b' });
    expect((await kit.api.get(`${url}/networks/${net.id}`, { as: stranger })).body.network.shared).toBe(true);
    expect((await kit.api.get(`${url}/networks/${net.id}`, { as: member })).body.network.shared).toBe(false);
    expect(await sees(`subnets/${net.subnetId}`)).toBe(true);
    const port = await kit.make(stranger, 'ports', { network_id: net.id });
    const remove = () => kit.api.delete(`${url}/rbac-policies/${entry.id}`, { as: member });
    expect((await remove()).body.NeutronError.type).toBe('RbacPolicyInUse');
    expect((await kit.api.delete(`${url}/ports/${port.id}`, { as: stranger })).status).toBe(204);
    expect((await remove()).status).toBe(204);
    expect(await sees(`networks/${net.id}`)).toBe(false);
  });

  it('are refused twice, for others’ objects, for everybody and for ways out unless by administrators', async () => {
    const net = await kit.makeNetwork(member, '10.0.0.0/24');
    const body = { object_type: 'network', object_id: net.id, target_tenant: 'project-b' };
    expect((await share(stranger, body)).status).toBe(404);
    expect((await share(member, { ...body, target_tenant: '*' })).status).toBe(403);
    expect((await share(member, { ...body, action: 'access_as_external' })).status).toBe(403);
    await share(member, body);
    expect((await share(member, body)).body.NeutronError.type).toBe('DuplicateRbacPolicy');
    const group = { object_type: 'security_group', object_id: net.id, target_tenant: 'project-b' };
    expect((await share(member, group)).body.NeutronError.type).toBe('SecurityGroupNotFound');
  });

  it('are what the flags of a network are', async () => {
    const { id } = await kit.make(admin, 'networks', { shared: true, 'router:external': true });
    const list = await kit.api.get(`${url}/rbac-policies?object_id=${id}`, { as: admin });
    const actions = list.body.rbac_policies.map((one: { action: string }) => one.action).sort();
    expect(actions).toEqual(['access_as_external', 'access_as_shared']);
    expect(await sees(`networks/${id}`)).toBe(true);
    const off = { network: { shared: false, 'router:external': false } };
    expect((await kit.api.put(`${url}/networks/${id}`, { as: admin, body: off })).status).toBe(200);
    expect(await sees(`networks/${id}`)).toBe(false);
    const entry = await share(admin, {
      action: 'access_as_external',
      object_type: 'network',
      object_id: id,
      target_tenant: 'project-b',
    });
    expect(entry.status).toBe(201);
    const seen = await kit.api.get(`${url}/networks/${id}`, { as: stranger });
    expect(seen.body.network['router:external']).toBe(true);
  });

  it.each([
    ['subnetpools', 'subnetpool', { name: 'x', prefixes: ['10.0.0.0/8'] }],
    ['address-scopes', 'address_scope', { name: 'x', ip_version: 4 }],
    ['address-groups', 'address_group', { name: 'x', addresses: [] }],
    ['security-groups', 'security_group', { name: 'x' }],
  ])('share %s', async (collection, type, body) => {
    const { id } = await kit.make(member, collection, body);
    expect(await sees(`${collection}/${id}`)).toBe(false);
    await share(member, { object_type: type, object_id: id, target_tenant: 'project-b' });
    expect(await sees(`${collection}/${id}`)).toBe(true);
    const change = await kit.api.put(`${url}/${collection}/${id}`, {
      as: stranger,
      body: { [type]: { name: 'mine' } },
    });
    expect(change.status).toBe(403);
    expect((await kit.api.delete(`${url}/${collection}/${id}`, { as: member })).status).toBe(204);
    const left = await kit.api.get(`${url}/rbac-policies`, { as: admin });
    expect(left.body.rbac_policies).toEqual([]);
  });
});
