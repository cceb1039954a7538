import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FilterSpec, PortSpec, RouterSpec } from '#drivers/network/driver.ts';
import { admin, ctxOf, member, serveNetwork, stranger, type NetworkKit } from './support.ts';

let kit: NetworkKit;
const url = '/network/v2.0';
beforeEach(async () => {
  kit = await serveNetwork('node-1');
});
afterEach(() => kit[Symbol.asyncDispose]());

const attach = (networkId: string, groups: readonly string[] | null = null) =>
  kit.parts.port.attachPorts(ctxOf(member), {
    deviceId: 'web',
    deviceOwner: 'compute:kuryr',
    host: 'node-1',
    dnsName: 'web',
    requests: [
      { portId: 'web-port', networkId, fixedIps: [], securityGroups: groups, device: 'eth0', primary: true },
    ],
  });

/** What nodes were told last of a kind. */
const told = <T>(kind: string): T =>
  kit.nodes
    .take()
    .flatMap(({ objects }) => objects)
    .findLast((object) => object.kind === kind)?.spec as T;
const filter = (): FilterSpec | null | undefined => told<PortSpec | undefined>('port')?.filter;
const post = (path: string, body: object, as = member) => kit.api.post(`${url}/${path}`, { as, body });
const put = (path: string, body: object, as = member) => kit.api.put(`${url}/${path}`, { as, body });
const remove = (path: string, as = member) => kit.api.delete(`${url}/${path}`, { as });
const typeOf = ({ body }: { body: { NeutronError?: { type: string } } }) => body.NeutronError?.type;

describe('quality of service', () => {
  const makePolicy = async (body: object = {}) => {
    const made = await post('qos/policies', { policy: { name: 'slow', shared: true, ...body } }, admin);
    return made.body.policy.id as string;
  };
  const limit = (id: string, rule: object, as = admin) =>
    post(`qos/policies/${id}/bandwidth_limit_rules`, { bandwidth_limit_rule: rule }, as);

  it('limits ports by their network, or by a policy of their own, and changes at once', async () => {
    const id = await makePolicy();
    const rule = await limit(id, { max_kbps: 1000, max_burst_kbps: 100 });
    expect(rule.body.bandwidth_limit_rule).toMatchObject({ max_kbps: 1000, direction: 'egress' });
    const net = await kit.makeNetwork(member, '10.0.0.0/24', { qos_policy_id: id });
    await attach(net.id);
    const egress = { kbps: 1000, burstKbits: 100 };
    expect(told<PortSpec>('port').bandwidth).toEqual({ ingress: null, egress });
    const ruleUrl = `qos/policies/${id}/bandwidth_limit_rules/${rule.body.bandwidth_limit_rule.id}`;
    expect((await put(ruleUrl, { bandwidth_limit_rule: { max_kbps: 2000 } }, admin)).status).toBe(200);
    expect(told<PortSpec>('port').bandwidth.egress?.kbps).toBe(2000);
    const own = await makePolicy();
    await limit(own, { max_kbps: 5, direction: 'ingress' });
    await put('ports/web-port', { port: { qos_policy_id: own } });
    expect(told<PortSpec>('port').bandwidth).toEqual({ ingress: { kbps: 5, burstKbits: 0 }, egress: null });
    const port = (await kit.api.get(`${url}/ports/web-port`, { as: member })).body.port;
    expect(port).toMatchObject({ qos_policy_id: own, qos_network_policy_id: id });
    expect(typeOf(await remove(`qos/policies/${id}`, admin))).toBe('QosPolicyInUse');
  });

  it('is for administrators, has one rule of each direction, and one default of a project', async () => {
    const id = await makePolicy({ is_default: true });
    expect((await limit(id, { max_kbps: 1 }, member)).status).toBe(403);
    await limit(id, { max_kbps: 1 });
    expect(typeOf(await limit(id, { max_kbps: 2 }))).toBe('QoSRulesConflict');
    const second = await post('qos/policies', { policy: { is_default: true } }, admin);
    expect(typeOf(second)).toBe('QoSPolicyDefaultAlreadyExists');
    expect((await kit.make(admin, 'networks', {})).qos_policy_id).toBe(id);
    const hidden = await makePolicy({ shared: false, is_default: false });
    const refused = await post('networks', { network: { qos_policy_id: hidden } });
    expect(typeOf(refused)).toBe('QosPolicyNotFound');
  });

  it('names the types of rules that are enforced', async () => {
    const types = await kit.api.get(`${url}/qos/rule-types`, { as: member });
    expect(types.body.rule_types).toEqual([{ type: 'bandwidth_limit' }]);
    const one = await kit.api.get(`${url}/qos/rule-types/bandwidth_limit`, { as: admin });
    expect(one.body.rule_type.drivers[0].name).toBe('linux');
    expect((await kit.api.get(`${url}/qos/rule-types/dscp_marking`, { as: admin })).status).toBe(404);
  });
});

describe('address groups', () => {
  it('open what rules say to their addresses, as they come and go', async () => {
    const group = await kit.make(member, 'address-groups', { addresses: ['192.0.2.7', 'fd00::/64'] });
    expect(group.addresses).toEqual(['192.0.2.7/32', 'fd00::/64']);
    const own = await kit.make(member, 'security-groups', { name: 'web' });
    await kit.make(member, 'security-group-rules', {
      security_group_id: own.id,
      direction: 'ingress',
      remote_address_group_id: group.id,
    });
    const net = await kit.makeNetwork(member, '10.0.0.0/24');
    await attach(net.id, [own.id]);
    const remotes = () => filter()?.rules.flatMap((rule) => rule.remote ?? []);
    expect(remotes()).toEqual([{ cidr: '192.0.2.7/32' }]);
    const change = (verb: string, ...addresses: string[]) =>
      put(`address-groups/${group.id}/${verb}_addresses`, { addresses });
    await change('add', '198.51.100.0/24');
    expect(remotes()).toEqual([{ cidr: '192.0.2.7/32' }, { cidr: '198.51.100.0/24' }]);
    await change('remove', '192.0.2.7');
    expect(remotes()).toEqual([{ cidr: '198.51.100.0/24' }]);
    expect(typeOf(await change('add', 'fd00::/64'))).toBe('AddressesAlreadyExist');
    expect(typeOf(await change('remove', '192.0.2.7'))).toBe('AddressesNotFound');
    expect((await change('add', 'nonsense')).status).toBe(400);
    expect(typeOf(await remove(`address-groups/${group.id}`))).toBe('AddressGroupInUse');
  });
});

describe('security groups', () => {
  it('that are not stateful are told so, and stay so while ports are in them', async () => {
    const group = await kit.make(member, 'security-groups', { name: 'x', stateful: false });
    const net = await kit.makeNetwork(member, '10.0.0.0/24');
    await attach(net.id, [group.id]);
    expect(filter()?.stateful).toBe(false);
    const change = await put(`security-groups/${group.id}`, { security_group: { stateful: true } });
    expect(typeOf(change)).toBe('SecurityGroupInUse');
  });

  it('start with the default rules that administrators chose', async () => {
    const rule = { direction: 'ingress', protocol: 'icmp', used_in_default_sg: true };
    expect((await post('default-security-group-rules', { default_security_group_rule: rule })).status).toBe(
      403,
    );
    const made = await kit.make(admin, 'default-security-group-rules', rule);
    const again = await post('default-security-group-rules', { default_security_group_rule: rule }, admin);
    expect(typeOf(again)).toBe('SecurityGroupRuleExists');
    const group = await kit.make(member, 'security-groups', { name: 'x' });
    const protocols = group.security_group_rules.map((one: { protocol: string | null }) => one.protocol);
    expect(protocols.sort()).toEqual(['icmp', null, null]);
    expect((await remove(`default-security-group-rules/${made.id}`, admin)).status).toBe(204);
    expect((await kit.make(member, 'security-groups', { name: 'y' })).security_group_rules).toHaveLength(2);
  });
});

describe('port forwarding', () => {
  const world = async () => {
    const external = await kit.makeNetwork(admin, '172.24.4.0/24', { 'router:external': true });
    const net = await kit.makeNetwork(member, '10.0.0.0/24');
    const router = await kit.make(member, 'routers', { external_gateway_info: { network_id: external.id } });
    await put(`routers/${router.id}/add_router_interface`, { subnet_id: net.subnetId });
    const port = await kit.make(member, 'ports', { network_id: net.id });
    const fip = await kit.make(member, 'floatingips', { floating_network_id: external.id });
    const forward = (body: object, as = member) =>
      post(
        `floatingips/${fip.id}/port_forwardings`,
        { port_forwarding: { protocol: 'tcp', internal_port_id: port.id, ...body } },
        as,
      );
    return { net, router, port, fip, forward };
  };

  it('leads ports and ranges inside, shows on the floating IP, and ends with the port', async () => {
    const { router, port, fip, forward } = await world();
    const made = await forward({ internal_port: 80, external_port: 8080, description: 'web' });
    const { port_forwarding: one } = made.body;
    expect(one).toMatchObject({ internal_port: 80, external_port_range: '8080:8080', description: 'web' });
    const wide = await forward({ internal_port_range: '90:91', external_port_range: '9000:9001' });
    expect(wide.status).toBe(201);
    const spec = told<RouterSpec>('router').portForwardings;
    expect(spec.map(({ externalPorts }) => externalPorts.first).sort((a, b) => a - b)).toEqual([8080, 9000]);
    const shown = (await kit.api.get(`${url}/floatingips/${fip.id}`, { as: member })).body.floatingip;
    expect(shown).toMatchObject({ router_id: router.id, status: 'ACTIVE', port_id: null });
    expect(shown.port_forwardings).toHaveLength(2);
    const path = `floatingips/${fip.id}/port_forwardings`;
    const changed = await put(`${path}/${one.id}`, { port_forwarding: { external_port: 8081 } });
    expect(changed.body.port_forwarding.external_port).toBe(8081);
    const list = await kit.api.get(`${url}/${path}?external_port=8081`, { as: member });
    expect(list.body.port_forwardings.map(({ id }: { id: string }) => id)).toEqual([one.id]);
    expect((await kit.api.get(`${url}/${path}/${one.id}`, { as: stranger })).status).toBe(404);
    await remove(`ports/${port.id}`);
    expect(told<RouterSpec>('router').portForwardings).toEqual([]);
    const idle = (await kit.api.get(`${url}/floatingips/${fip.id}`, { as: member })).body.floatingip;
    expect(idle).toMatchObject({ router_id: null, status: 'DOWN', port_forwardings: [] });
  });

  it('is refused twice, out of range, beside an association, and keeps the router’s interface', async () => {
    const { net, router, port, fip, forward } = await world();
    await forward({ internal_port: 80, external_port: 8080 });
    expect((await forward({ internal_port: 81, external_port: 8080 })).status).toBe(400);
    expect((await forward({ internal_port: 80, external_port: 8081 })).status).toBe(400);
    expect((await forward({ internal_port: 0, external_port: 70_000 })).status).toBe(400);
    expect(
      (await forward({ internal_port: 82, external_port: 1, internal_ip_address: '1.2.3.4' })).status,
    ).toBe(400);
    expect((await forward({ internal_port: 82, external_port: 1 }, stranger)).status).toBe(404);
    const associated = await put(`floatingips/${fip.id}`, { floatingip: { port_id: port.id } });
    expect(typeOf(associated)).toBe('FipInUseByPortForwarding');
    const interfaceGone = await put(`routers/${router.id}/remove_router_interface`, {
      subnet_id: net.subnetId,
    });
    expect(typeOf(interfaceGone)).toBe('RouterInterfaceInUseByFloatingIP');
  });
});

describe('trunks', () => {
  it('have sub-ports, show on their parent, and hold their ports', async () => {
    const { id: network_id } = await kit.makeNetwork(member, '10.0.0.0/24');
    const [parent, sub, other] = await Promise.all(
      [1, 2, 3].map(() => kit.make(member, 'ports', { network_id })),
    );
    const segment = (port: { id: string }, segmentation_id: number) => ({
      port_id: port.id,
      segmentation_type: 'vlan',
      segmentation_id,
    });
    const trunk = await kit.make(member, 'trunks', { port_id: parent.id, sub_ports: [segment(sub, 7)] });
    expect(trunk).toMatchObject({ status: 'DOWN', sub_ports: [segment(sub, 7)] });
    const add = (...sub_ports: object[]) => put(`trunks/${trunk.id}/add_subports`, { sub_ports });
    expect(typeOf(await add(segment(other, 7)))).toBe('DuplicateSubPort');
    expect(typeOf(await add(segment(parent, 8)))).toBe('PortInUseAsTrunkParent');
    expect((await add(segment(other, 5000))).status).toBe(400);
    expect((await add(segment(other, 8))).body.sub_ports).toHaveLength(2);
    const shown = (await kit.api.get(`${url}/ports/${parent.id}`, { as: member })).body.port;
    expect(shown.trunk_details.sub_ports[0].mac_address).toBe(sub.mac_address);
    expect(typeOf(await remove(`ports/${parent.id}`))).toBe('PortInUseAsTrunkParent');
    expect(typeOf(await remove(`ports/${sub.id}`))).toBe('PortInUseAsSubPort');
    const rest = await put(`trunks/${trunk.id}/remove_subports`, { sub_ports: [{ port_id: other.id }] });
    expect(rest.body.sub_ports).toHaveLength(1);
    const list = await kit.api.get(`${url}/trunks/${trunk.id}/get_subports`, { as: member });
    expect(list.body.sub_ports).toEqual([segment(sub, 7)]);
    expect((await remove(`trunks/${trunk.id}`)).status).toBe(204);
    expect((await remove(`ports/${sub.id}`)).status).toBe(204);
  });
});

describe('ports', () => {
  it('are bound to a second host, and move to it', async () => {
    const net = await kit.makeNetwork(member, '10.0.0.0/24');
    await attach(net.id);
    const path = 'ports/web-port/bindings';
    const made = await post(path, { binding: { host: 'node-2' } }, admin);
    expect(made.body.binding).toMatchObject({ host: 'node-2', status: 'INACTIVE' });
    expect(typeOf(await post(path, { binding: { host: 'node-2' } }, admin))).toBe('PortBindingAlreadyExists');
    const active = await put(`${path}/node-2/activate`, {}, admin);
    expect(active.body.binding.status).toBe('ACTIVE');
    const all = await kit.api.get(`${url}/${path}`, { as: admin });
    const states = all.body.bindings.map(({ host, status }: Record<string, string>) => `${host} ${status}`);
    expect(states).toEqual(['node-2 ACTIVE', 'node-1 INACTIVE']);
    expect(typeOf(await put(`${path}/node-2/activate`, {}, admin))).toBe('PortBindingAlreadyActive');
    expect((await remove(`${path}/node-1`, admin)).status).toBe(204);
    expect((await kit.api.get(`${url}/${path}`, { as: member })).status).toBe(403);
  });

  it('get another MAC for null, but not while something uses them', async () => {
    const net = await kit.makeNetwork(member, '10.0.0.0/24');
    const { id, mac_address } = await kit.make(member, 'ports', { network_id: net.id });
    const fresh = await put(`ports/${id}`, { port: { mac_address: null } });
    expect(fresh.body.port.mac_address).not.toBe(mac_address);
    await attach(net.id);
    expect(typeOf(await put('ports/web-port', { port: { mac_address: null } }))).toBe('PortInUse');
  });

  it('take addresses of the subnets that are for their kind of device', async () => {
    const { id: network_id } = await kit.makeNetwork(member, '10.0.0.0/24');
    await kit.make(member, 'subnets', {
      network_id,
      ip_version: 4,
      cidr: '10.1.0.0/24',
      service_types: ['compute:nova'],
    });
    const addressOf = async (device_owner: string) =>
      (await kit.make(member, 'ports', { network_id, device_owner })).fixed_ips[0].ip_address as string;
    expect(await addressOf('compute:nova')).toBe('10.1.0.2');
    expect(await addressOf('')).toBe('10.0.0.2');
    const wrong = await post('subnets', {
      subnet: { network_id, ip_version: 4, cidr: '10.2.0.0/24', service_types: ['x'] },
    });
    expect(typeOf(wrong)).toBe('InvalidSubnetServiceType');
  });

  it('have names in the domain of their network', async () => {
    const { id } = await kit.makeNetwork(member, '10.0.0.0/24', { dns_domain: 'shop.example.' });
    const port = await kit.make(member, 'ports', { network_id: id, dns_name: 'web' });
    expect(port.dns_assignment[0]).toMatchObject({ hostname: 'web', fqdn: 'web.shop.example.' });
  });
});

describe('administrators', () => {
  it('see how many addresses are left', async () => {
    const net = await kit.makeNetwork(member, '10.0.0.0/29');
    await kit.make(member, 'ports', { network_id: net.id });
    const one = await kit.api.get(`${url}/network-ip-availabilities/${net.id}`, { as: admin });
    expect(one.body.network_ip_availability).toMatchObject({ total_ips: 5, used_ips: 1 });
    const all = await kit.api.get(`${url}/network-ip-availabilities?network_id=${net.id}`, { as: admin });
    expect(all.body.network_ip_availabilities).toHaveLength(1);
    expect((await kit.api.get(`${url}/network-ip-availabilities`, { as: member })).status).toBe(403);
  });

  it('see which node serves what, describe agents, and move routers', async () => {
    const router = await kit.make(member, 'routers', {});
    const hosting = await kit.api.get(`${url}/routers/${router.id}/l3-agents`, { as: admin });
    const [agent] = hosting.body.agents;
    expect(agent).toMatchObject({ host: 'node-1', agent_type: 'L3 agent', alive: true });
    const described = await put(`agents/${agent.id}`, { agent: { description: 'rack 1' } }, admin);
    expect(described.body.agent.description).toBe('rack 1');
    expect((await remove(`agents/${agent.id}`, member)).status).toBe(403);
    expect((await remove(`agents/${agent.id}`, admin)).status).toBe(204);
    const [again] = (await kit.api.get(`${url}/agents?id=${agent.id}`, { as: admin })).body.agents;
    expect(again).toMatchObject({ id: agent.id, description: null, admin_state_up: true });
    expect((await remove('agents/absent', admin)).body.NeutronError.type).toBe('AgentNotFound');
    const routers = () => kit.api.get(`${url}/agents/${agent.id}/l3-routers`, { as: admin });
    expect((await routers()).body.routers).toHaveLength(1);
    expect((await remove(`agents/${agent.id}/l3-routers/${router.id}`, admin)).status).toBe(204);
    expect((await routers()).body.routers).toEqual([]);
    const added = await post(`agents/${agent.id}/l3-routers`, { router_id: router.id }, admin);
    expect(added.status).toBe(201);
    expect((await routers()).body.routers).toHaveLength(1);
    const net = await kit.makeNetwork(member, '10.0.0.0/24');
    await attach(net.id);
    const serving = await kit.api.get(`${url}/networks/${net.id}/dhcp-agents`, { as: admin });
    const dhcp = serving.body.agents[0].id as string;
    const served = await kit.api.get(`${url}/agents/${dhcp}/dhcp-networks`, { as: admin });
    expect(served.body.networks.map(({ id }: { id: string }) => id)).toEqual([net.id]);
  });

  it('are told when a quota would be below what is used', async () => {
    await kit.makeNetwork(member, '10.0.0.0/24');
    const set = (quota: object) => put('quotas/project-a', { quota }, admin);
    expect(typeOf(await set({ network: 0, check_limit: true }))).toBe('InvalidQuotaValue');
    expect((await set({ network: 0 })).status).toBe(200);
  });
});
