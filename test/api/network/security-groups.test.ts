import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aCaller, anAdmin } from '#test/support/api.ts';
import { admin, member, serveNetwork, stranger, type NetworkKit } from './support.ts';

let kit: NetworkKit;
beforeAll(async () => {
  kit = await serveNetwork();
});
afterAll(() => kit[Symbol.asyncDispose]());
const url = '/network/v2.0';
const list = async (as = member) =>
  (await kit.api.get(`${url}/security-groups`, { as })).body.security_groups;

describe('security groups', () => {
  it('begin with a default group that lets members in and everything out', async () => {
    const [group, ...others] = await list();
    expect(others).toEqual([]);
    expect(group).toMatchObject({ name: 'default', project_id: 'project-a', stateful: true });
    const rules = group.security_group_rules.map(
      (rule: Record<string, string>) =>
        `${rule['direction']} ${rule['ethertype']} ${rule['remote_group_id'] === group.id}`,
    );
    expect(rules.sort()).toEqual([
      'egress IPv4 false',
      'egress IPv6 false',
      'ingress IPv4 true',
      'ingress IPv6 true',
    ]);
    expect((await kit.api.delete(`${url}/security-groups/${group.id}`, { as: member })).status).toBe(409);
    expect((await list())[0].id).toBe(group.id);
  });

  it('take rules that make sense, each once', async () => {
    const group = await kit.make(member, 'security-groups', { name: 'web' });
    expect(group.security_group_rules).toHaveLength(2);
    const base = { security_group_id: group.id, direction: 'ingress', protocol: 'tcp' };
    const post = (rule: object) =>
      kit.api.post(`${url}/security-group-rules`, {
        as: member,
        body: { security_group_rule: { ...base, ...rule } },
      });
    const made = await post({ port_range_min: 80, port_range_max: '80', remote_ip_prefix: '10.0.0.9/8' });
    expect(made.body.security_group_rule).toMatchObject({
      ethertype: 'IPv4',
      port_range_max: 80,
      normalized_cidr: '10.0.0.0/8',
    });
    const cases: [object, number, string][] = [
      [
        { port_range_min: 80, port_range_max: 80, remote_ip_prefix: '10.0.0.9/8' },
        409,
        'SecurityGroupRuleExists',
      ],
      [{ protocol: 'nonsense' }, 400, 'SecurityGroupRuleInvalidProtocol'],
      [
        { protocol: null, port_range_min: 1, port_range_max: 2 },
        400,
        'SecurityGroupProtocolRequiredWithPorts',
      ],
      [{ port_range_min: 9, port_range_max: 2 }, 400, 'SecurityGroupInvalidPortRange'],
      [{ port_range_min: 2 }, 400, 'SecurityGroupInvalidPortRange'],
      [{ port_range_min: -16, port_range_max: 80 }, 400, 'SecurityGroupInvalidPortValue'],
      [{ port_range_min: 80, port_range_max: 65_536 }, 400, 'SecurityGroupInvalidPortValue'],
      [{ port_range_min: 1.5, port_range_max: 2 }, 400, 'InvalidInput'],
      [{ protocol: 'icmp', port_range_min: -1 }, 400, 'SecurityGroupInvalidIcmpValue'],
      [{ protocol: 'icmp', port_range_min: 1, port_range_max: 256 }, 400, 'SecurityGroupInvalidIcmpValue'],
      [{ protocol: 'icmp', port_range_max: 6 }, 400, 'SecurityGroupMissingIcmpType'],
      [{ remote_ip_prefix: 'fd00::/64' }, 400, 'SecurityGroupRuleParameterConflict'],
      [{ remote_group_id: 'nobody' }, 404, 'SecurityGroupNotFound'],
      [{ direction: 'sideways' }, 400, 'InvalidInput'],
    ];
    for (const [rule, status, type] of cases) {
      const answer = await post(rule);
      expect([answer.status, answer.body.NeutronError.type]).toEqual([status, type]);
    }
    expect(
      (await kit.api.get(`${url}/security-group-rules/${made.body.security_group_rule.id}`, { as: stranger }))
        .status,
    ).toBe(404);
    expect(
      (
        await kit.api.delete(`${url}/security-group-rules/${made.body.security_group_rule.id}`, {
          as: member,
        })
      ).status,
    ).toBe(204);
  });

  it('that are not the default one cannot take its name, not even later', async () => {
    const named = { security_group: { name: 'default' } };
    expect((await kit.api.post(`${url}/security-groups`, { as: member, body: named })).status).toBe(409);
    const { id } = await kit.make(member, 'security-groups', { name: 'plain' });
    const renamed = await kit.api.put(`${url}/security-groups/${id}`, { as: member, body: named });
    expect([renamed.status, renamed.body.NeutronError.type]).toEqual([
      409,
      'SecurityGroupDefaultAlreadyExists',
    ]);
  });

  it('stay while a port is in them', async () => {
    const { id } = await kit.makeNetwork(member, '10.0.0.0/24');
    const group = await kit.make(member, 'security-groups', { name: 'busy' });
    await kit.make(member, 'ports', { network_id: id, security_groups: [group.id] });
    const answer = await kit.api.delete(`${url}/security-groups/${group.id}`, { as: member });
    expect([answer.status, answer.body.NeutronError.type]).toEqual([409, 'SecurityGroupInUse']);
  });
});

describe('quotas', () => {
  it('stop a project at its limit, and are the administrator’s to set', async () => {
    const poor = aCaller('poor');
    const set = { quota: { network: 1 } };
    expect((await kit.api.put(`${url}/quotas/poor`, { as: poor, body: set })).status).toBe(403);
    expect((await kit.api.put(`${url}/quotas/poor.json`, { as: admin, body: set })).body.quota).toMatchObject(
      { network: 1, port: 500 },
    );
    await kit.make(poor, 'networks', {});
    const over = await kit.api.post(`${url}/networks`, { as: poor, body: { network: {} } });
    expect(over.status).toBe(409);
    expect(over.body.NeutronError).toMatchObject({
      type: 'OverQuota',
      message: "Quota exceeded for resources: ['network'].",
    });
    const details = await kit.api.get(`${url}/quotas/poor/details.json`, { as: poor });
    expect(details.body.quota.network).toEqual({ limit: 1, used: 1, reserved: 0 });
    expect((await kit.api.get(`${url}/quotas/poor`, { as: stranger })).status).toBe(403);
    expect((await kit.api.delete(`${url}/quotas/poor`, { as: anAdmin() })).status).toBe(204);
    expect((await kit.api.get(`${url}/quotas/poor/default`, { as: poor })).body.quota.network).toBe(100);
  });
});

describe('discovery', () => {
  it('needs no token, and tells versions, extensions, zones and agents', async () => {
    expect((await kit.api.get('/network/')).body.versions[0]).toMatchObject({
      id: 'v2.0',
      status: 'CURRENT',
      links: [{ href: 'http://cloud.test/network/v2.0/' }],
    });
    expect((await kit.api.get(`${url}/`)).body.resources).toContainEqual(
      expect.objectContaining({ name: 'network', collection: 'networks' }),
    );
    const { extensions } = (await kit.api.get(`${url}/extensions`, { as: member })).body;
    expect(extensions.map(({ alias }: { alias: string }) => alias)).toContain('security-group');
    expect((await kit.api.get(`${url}/extensions/router`, { as: member })).body.extension.alias).toBe(
      'router',
    );
    expect((await kit.api.get(`${url}/extensions/dvr`, { as: member })).status).toBe(404);
    expect(
      (await kit.api.get(`${url}/availability_zones`, { as: member })).body.availability_zones,
    ).toHaveLength(2);
    expect((await kit.api.get(`${url}/agents`, { as: admin })).body.agents).toMatchObject(
      ['DHCP agent', 'L3 agent', 'Linux bridge agent'].map((agent_type) => ({
        agent_type,
        host: 'node-1',
        alive: true,
      })),
    );
    expect((await kit.api.get(`${url}/agents`, { as: member })).body.agents).toEqual([]);
    expect((await kit.api.get(`${url}/agents/x`, { as: member })).status).toBe(403);
    expect((await kit.api.get(`${url}/nonsense`, { as: member })).body.NeutronError.type).toBe(
      'HTTPNotFound',
    );
  });
});
