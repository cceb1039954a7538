import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { admin, member, serveNetwork, stranger, type NetworkKit } from './support.ts';

let kit: NetworkKit;
beforeAll(async () => {
  kit = await serveNetwork();
});
afterAll(() => kit[Symbol.asyncDispose]());
const url = '/network/v2.0';
const addresses = (port: { fixed_ips: { ip_address: string }[] }) =>
  port.fixed_ips.map((ip) => ip.ip_address);

describe('ports', () => {
  it('get a MAC, one address of each IP version and the default group', async () => {
    const { id } = await kit.makeNetwork(member, '10.0.0.0/24');
    await kit.make(member, 'subnets', {
      network_id: id,
      cidr: 'fd00::/64',
      ip_version: 6,
      ipv6_ra_mode: 'slaac',
      ipv6_address_mode: 'slaac',
    });
    const port = await kit.make(member, 'ports', { network_id: id, mac_address: 'FA:16:3E:00:00:01' });
    expect(addresses(port)).toEqual(['10.0.0.2', 'fd00::f816:3eff:fe00:1']);
    expect(port).toMatchObject({ status: 'DOWN', mac_address: 'fa:16:3e:00:00:01', device_owner: '' });
    const groups = await kit.api.get(`${url}/security-groups`, { as: member });
    expect(port.security_groups).toEqual([groups.body.security_groups[0].id]);
    expect(port).not.toHaveProperty('binding:host_id');
    const twin = await kit.api.post(`${url}/ports`, {
      as: member,
      body: { port: { network_id: id, mac_address: 'fa:16:3e:00:00:01' } },
    });
    expect([twin.status, twin.body.NeutronError.type]).toEqual([409, 'MacAddressInUse']);
  });

  it('take the addresses they ask for, and no others', async () => {
    const { id, subnetId } = await kit.makeNetwork(member, '10.5.0.0/29');
    const post = (fixed_ips: object[]) =>
      kit.api.post(`${url}/ports`, { as: member, body: { port: { network_id: id, fixed_ips } } });
    expect(addresses((await post([{ ip_address: '10.5.0.5' }])).body.port)).toEqual(['10.5.0.5']);
    const cases: [object[], number, string][] = [
      [[{ ip_address: '10.5.0.5' }], 409, 'IpAddressInUse'],
      [[{ ip_address: '10.9.0.5' }], 400, 'InvalidIpForNetwork'],
      [[{ subnet_id: subnetId, ip_address: '10.9.0.5' }], 400, 'InvalidIpForSubnet'],
      [[{ subnet_id: 'nobody' }], 400, 'InvalidInput'],
      [[{ ip_address: 'nonsense' }], 400, 'InvalidInput'],
    ];
    for (const [fixedIps, status, type] of cases) {
      const answer = await post(fixedIps);
      expect([answer.status, answer.body.NeutronError.type]).toEqual([status, type]);
    }
    expect((await post([])).body.port.fixed_ips).toEqual([]);
    for (let at = 0; at < 4; at++) expect((await post([{ subnet_id: subnetId }])).status).toBe(201);
    const full = await post([{ subnet_id: subnetId }]);
    expect([full.status, full.body.NeutronError.type]).toEqual([409, 'IpAddressGenerationFailure']);
  });

  it('never share an address when many are made at once', async () => {
    const { id } = await kit.makeNetwork(member, '10.6.0.0/24');
    const many = Array.from({ length: 40 }, () => kit.make(member, 'ports', { network_id: id }));
    const taken = (await Promise.all(many)).flatMap(addresses);
    expect(new Set(taken).size).toBe(40);
  });

  it('have no groups and pairs without port security', async () => {
    const { id } = await kit.makeNetwork(member, '10.7.0.0/24');
    const open = await kit.make(member, 'ports', { network_id: id, port_security_enabled: false });
    expect(open).toMatchObject({ security_groups: [], port_security_enabled: false });
    const port = await kit.make(member, 'ports', { network_id: id });
    const put = (body: object) =>
      kit.api.put(`${url}/ports/${port.id}`, { as: member, body: { port: body } });
    const refused = await put({ port_security_enabled: false });
    expect([refused.status, refused.body.NeutronError.type]).toEqual([
      409,
      'PortSecurityPortHasSecurityGroup',
    ]);
    expect((await put({ port_security_enabled: false, security_groups: [] })).status).toBe(200);
  });

  it('let further addresses through with their own MAC unless another is named', async () => {
    const { id } = await kit.makeNetwork(member, '10.11.0.0/24');
    const pairs = [{ ip_address: '10.11.0.99' }];
    const port = await kit.make(member, 'ports', { network_id: id, allowed_address_pairs: pairs });
    expect(port.allowed_address_pairs).toEqual([{ ip_address: '10.11.0.99', mac_address: port.mac_address }]);
  });

  it('are found by address, subnet, group and owner', async () => {
    const { id, subnetId } = await kit.makeNetwork(member, '10.8.0.0/24');
    const port = await kit.make(member, 'ports', { network_id: id, device_id: 'thing' });
    const [ip] = addresses(port);
    const queries = [
      `fixed_ips=ip_address%3D${ip}`,
      `fixed_ips=subnet_id%3D${subnetId}`,
      'device_id=thing&device_id=other',
      `security_groups=${port.security_groups[0]}&network_id=${id}`,
      'fixed_ips=ip_address_substr%3D10.8.',
    ];
    for (const query of queries) {
      const found = await kit.api.get(`${url}/ports?${query}`, { as: member });
      expect(found.body.ports.map((one: { id: string }) => one.id)).toEqual([port.id]);
    }
    expect((await kit.api.get(`${url}/ports/${port.id}`, { as: stranger })).status).toBe(404);
    const shown = await kit.api.get(`${url}/ports/${port.id}`, { as: admin });
    expect(shown.body.port).toMatchObject({ 'binding:host_id': '', 'binding:vif_type': 'unbound' });
  });

  it('keep an address through an update that names its subnet, and give back what is left out', async () => {
    const { id, subnetId } = await kit.makeNetwork(member, '10.10.0.0/24');
    const port = await kit.make(member, 'ports', { network_id: id });
    const put = async (fixed_ips: object[]) =>
      (await kit.api.put(`${url}/ports/${port.id}`, { as: member, body: { port: { fixed_ips } } })).body.port;
    expect(addresses(await put([{ subnet_id: subnetId }, { ip_address: '10.10.0.9' }]))).toEqual([
      '10.10.0.2',
      '10.10.0.9',
    ]);
    expect(addresses(await put([{ ip_address: '10.10.0.9' }]))).toEqual(['10.10.0.9']);
  });
});
