import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '#kernel/clock.ts';
import { systemCtx } from '#kernel/context.ts';
import { createRemoteNetwork } from '#services/network/remote.ts';
import { Neutron } from '#src/openstack/neutron.ts';
import { OpenStackSession } from '#src/openstack/session.ts';
import { FakeNeutron } from '#test/support/fake-neutron.ts';
import { FakeNodes } from '#test/support/fake-nodes.ts';
import { Secrecy } from '#test/support/secrecy.ts';

describe('ports that another Neutron binds to our nodes', () => {
  let fake: FakeNeutron;
  let nodes: FakeNodes;
  let network: ReturnType<typeof createRemoteNetwork>;
  const { log } = new Secrecy();
  const ctx = systemCtx('req-1', { clock: systemClock, log });

  beforeEach(async () => {
    fake = await FakeNeutron.start();
    nodes = new FakeNodes('node-1');
    const neutron = new Neutron(new OpenStackSession({ access: fake.access, clock: systemClock }));
    network = createRemoteNetwork({ neutron, nodes, log, domain: 'openstacklocal.' });
  });
  afterEach(() => fake[Symbol.asyncDispose]());

  const attach = async (vif: string) => {
    const net = fake.make('networks', { name: 'private' });
    const subnet = fake.make('subnets', {
      network_id: net.id,
      cidr: '10.0.0.0/24',
      ip_version: 4,
      gateway_ip: '10.0.0.1',
      host_routes: [],
      dns_nameservers: [],
    });
    const port = fake.make('ports', {
      network_id: net.id,
      device_id: '',
      mac_address: '02:00:00:00:00:01',
      admin_state_up: true,
      status: 'DOWN',
      fixed_ips: [{ subnet_id: subnet.id, ip_address: '10.0.0.5' }],
      security_groups: [],
      'binding:vif_type': vif,
    });
    const request = {
      portId: port.id,
      networkId: null,
      fixedIps: [],
      securityGroups: null,
      device: 'eth1',
      primary: true,
    };
    const attached = network.port.attachPorts(ctx, {
      deviceId: 'c1',
      deviceOwner: 'compute:kuryr',
      host: 'node-1',
      dnsName: 'c1',
      requests: [request],
    });
    return { net, port, attached };
  };

  it('are told to the node, to be plugged to the bridge of the agent, and taken back', async () => {
    const { net, port, attached } = await attach('bridge');
    await attached;
    const bridge = `brq${net.id.slice(0, 11)}`;
    const spec = {
      sandboxId: 'c1',
      device: 'eth1',
      outside: { bridge },
      addresses: [{ address: '10.0.0.5', prefix: 24 }],
      gateways: ['10.0.0.1'],
      filter: null,
    };
    expect(nodes.puts).toMatchObject([{ host: 'node-1', objects: [{ kind: 'port', id: port.id, spec }] }]);
    await network.port.detachPorts(ctx, 'c1');
    expect(nodes.puts.at(-1)).toMatchObject({ objects: [], removed: [{ kind: 'port', id: port.id }] });
  });

  it('are refused, in words, when no agent takes them', async () => {
    const { attached } = await attach('binding_failed');
    await expect(attached).rejects.toMatchObject({ kind: 'unavailable' });
    await expect(attached).rejects.toThrow(/binding_failed/);
    expect(nodes.puts).toEqual([]);
  });

  it('are bound all the same while the node is away, which is sent them at its return', async () => {
    nodes.away.add('node-1');
    const { attached, port } = await attach('bridge');
    expect(await attached).toMatchObject([{ id: port.id }]);
    expect(await network.source.list('node-1')).toMatchObject([{ kind: 'port', id: port.id }]);
  });
});
