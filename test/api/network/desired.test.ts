import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PortSpec } from '#drivers/network/driver.ts';
import type { PortAttachment, PortRequest } from '#services/network/port.ts';
import { ctxOf, member, serveNetwork, stranger, type NetworkKit } from './support.ts';

let kit: NetworkKit;
let net: { id: string; subnetId: string };
const ctx = ctxOf(member);
beforeEach(async () => {
  kit = await serveNetwork('node-1', 'node-2');
  net = await kit.makeNetwork(member, '10.0.0.0/24', { name: 'private' }, { dns_nameservers: ['9.9.9.9'] });
  kit.nodes.take();
});
afterEach(() => kit[Symbol.asyncDispose]());

const request = (portId: string, change: Partial<PortRequest> = {}): PortRequest => ({
  portId,
  networkId: net.id,
  fixedIps: [],
  securityGroups: null,
  device: 'eth0',
  primary: true,
  ...change,
});
const attachment = (deviceId: string, host: string, ...requests: PortRequest[]): PortAttachment => ({
  deviceId,
  deviceOwner: 'compute:kuryr',
  host,
  dnsName: deviceId,
  requests: requests.length > 0 ? requests : [request(`port-of-${deviceId}`)],
});
const attach = (deviceId: string, host = 'node-1', ...requests: PortRequest[]) =>
  kit.parts.port.attachPorts(ctx, attachment(deviceId, host, ...requests));

describe('attached ports', () => {
  it('are told to their node in one put, in order, with address, gateway, filter, resolver and names', async () => {
    const [port] = await attach('web');
    expect(port).toMatchObject({
      id: 'port-of-web',
      status: 'BUILD',
      preserved: false,
      fixedIps: [{ address: '10.0.0.2', version: 4 }],
      resolver: { servers: ['10.0.0.3'], domain: 'openstacklocal' },
    });
    const puts = kit.nodes.take();
    expect(puts).toHaveLength(1);
    expect(puts[0]?.objects.map(({ kind }) => kind)).toEqual(['network', 'group', 'port']);
    const [network, group, own] = puts[0]?.objects ?? [];
    expect(network?.spec).toMatchObject({
      mtu: 1450,
      uplink: null,
      resolver: {
        addresses: [{ address: '10.0.0.3', prefix: 24 }],
        records: [{ name: 'web', address: '10.0.0.2' }],
        servers: ['9.9.9.9'],
        domain: 'openstacklocal',
      },
    });
    expect(group?.spec).toEqual({ id: port?.securityGroups[0], addresses: ['10.0.0.2'] });
    const spec = own?.spec as PortSpec;
    expect(spec).toMatchObject({
      sandboxId: 'web',
      device: 'eth0',
      gateways: ['10.0.0.1'],
      addresses: [{ address: '10.0.0.2', prefix: 24 }],
      up: true,
    });
    expect(spec.filter?.rules).toContainEqual({
      direction: 'ingress',
      ipVersion: 4,
      protocol: null,
      portMin: null,
      portMax: null,
      remote: { group: group?.id },
    });
  });

  it('are the same when attached again, and become active when their node says so', async () => {
    const before = await attach('web');
    kit.nodes.take();
    expect(await attach('web')).toEqual(before);
    expect(kit.nodes.take()).toEqual([]);
    await kit.nodes.reportReady(kit.parts.source, 'node-1');
    expect((await kit.parts.port.listPorts(ctx, 'web'))[0]?.status).toBe('ACTIVE');
    await kit.parts.source.observed('node-1', [], [{ kind: 'port', id: 'port-of-web' }], false);
    expect((await kit.parts.port.listPorts(ctx, 'web'))[0]?.status).toBe('DOWN');
    await kit.parts.source.observed(
      'node-1',
      [{ kind: 'port', id: 'port-of-web', generation: 0, status: 'ready', reason: null }],
      [],
      false,
    );
    expect((await kit.parts.port.listPorts(ctx, 'web'))[0]?.status).toBe('DOWN');
  });

  it('give their names and addresses to other nodes of the network', async () => {
    await attach('web', 'node-1');
    kit.nodes.take();
    await attach('db', 'node-2');
    const hosts = Object.fromEntries(
      kit.nodes.take().map((put) => [put.host, put.objects.map(({ kind }) => kind)]),
    );
    expect(hosts).toEqual({
      'node-1': ['network', 'group', 'remote'],
      'node-2': ['network', 'group', 'remote', 'port'],
    });
  });

  it('leave nothing on the node when they are detached, and the user’s own port is kept', async () => {
    const own = await kit.make(member, 'ports', { network_id: net.id });
    await attach(
      'web',
      'node-1',
      request('made'),
      request(own.id, { networkId: null, device: 'eth1', primary: false }),
    );
    const spec = kit.nodes
      .take()
      .at(-1)
      ?.objects.find(({ id }) => id === own.id)?.spec;
    expect(spec).toMatchObject({ device: 'eth1', gateways: [] });
    await kit.parts.port.detachPorts(ctx, 'web');
    const [put] = kit.nodes.take();
    expect(put?.removed.map(({ kind }) => kind)).toEqual([
      'port',
      'port',
      'remote',
      'remote',
      'group',
      'network',
    ]);
    expect(await kit.parts.source.list('node-1')).toEqual([]);
    expect(await kit.parts.port.listPorts(ctx, 'web')).toEqual([]);
    expect(await kit.parts.port.getPort(ctx, own.id)).toMatchObject({
      host: '',
      deviceId: '',
      status: 'DOWN',
      preserved: true,
    });
    await kit.parts.port.detachPorts(ctx, 'web');
    expect((await kit.api.delete(`/network/v2.0/networks/${net.id}`, { as: member })).status).toBe(409);
  });

  it('are refused when they belong to another device, another project or nobody', async () => {
    await attach('web');
    await expect(attach('db', 'node-1', request('port-of-web'))).rejects.toMatchObject({ code: 'PortInUse' });
    await expect(attach('db', 'node-1', request('nobody', { networkId: null }))).rejects.toMatchObject({
      code: 'PortNotFound',
    });
    const foreign = kit.parts.port.attachPorts(ctxOf(stranger), attachment('spy', 'node-1'));
    await expect(foreign).rejects.toMatchObject({ code: 'NetworkNotFound' });
    expect(await kit.parts.port.listPorts(ctx, 'spy')).toEqual([]);
  });

  it('get both when two are wanted on one network, and survive a node that is away', async () => {
    kit.nodes.away.add('node-1');
    const ports = await attach(
      'web',
      'node-1',
      request('a'),
      request('b', { device: 'eth1', primary: false }),
    );
    expect(new Set(ports.map(({ fixedIps }) => fixedIps[0]?.address)).size).toBe(2);
    expect(kit.nodes.take()).toEqual([]);
    expect((await kit.parts.source.list('node-1')).filter(({ kind }) => kind === 'port')).toHaveLength(2);
  });

  it('are filtered anew, with a higher generation, when a rule or their groups change', async () => {
    const [port] = await attach('web');
    const group = port?.securityGroups[0];
    const before = kit.nodes.take()[0]?.objects.find(({ kind }) => kind === 'port')?.generation ?? 0;
    await kit.make(member, 'security-group-rules', {
      security_group_id: group,
      direction: 'ingress',
      protocol: 'tcp',
      port_range_min: 80,
      port_range_max: 80,
    });
    const changed = kit.nodes.take()[0]?.objects.find(({ kind }) => kind === 'port');
    expect(changed?.generation).toBeGreaterThan(before);
    expect((changed?.spec as PortSpec | undefined)?.filter?.rules).toHaveLength(5);
    await kit.parts.port.setSecurityGroups(ctx, ['port-of-web'], []);
    const [put] = kit.nodes.take();
    expect(put?.removed).toEqual([{ kind: 'group', id: group }]);
    expect(
      (put?.objects.find(({ kind }) => kind === 'port')?.spec as PortSpec | undefined)?.filter?.rules,
    ).toEqual([]);
  });
});

describe('names', () => {
  it('find networks and groups, the default ones too, and are refused when they mean several', async () => {
    expect(await kit.parts.port.getNetwork(ctx, 'private')).toMatchObject({ id: net.id, mtu: 1450 });
    expect((await kit.parts.port.findDefaultNetwork(ctx))?.id).toBe(net.id);
    expect(await kit.parts.port.findDefaultNetwork(ctxOf(stranger))).toBeUndefined();
    expect(await kit.parts.port.resolveSecurityGroups(ctx, ['default'])).toHaveLength(1);
    await kit.make(member, 'networks', { name: 'private' });
    await expect(kit.parts.port.getNetwork(ctx, 'private')).rejects.toMatchObject({ kind: 'conflict' });
    await expect(kit.parts.port.getNetwork(ctx, 'nobody')).rejects.toMatchObject({ kind: 'not-found' });
  });
});
