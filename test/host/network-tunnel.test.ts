import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { aRouter } from '#drivers/network/contract.ts';
import type { FilterRule, NetworkSpec, PortSpec, RouterInterface } from '#drivers/network/driver.ts';
import { newUuid } from '#kernel/ids.ts';
import { Cluster, type Node } from './network-cluster.ts';

const egress: FilterRule[] = ([4, 6] as const).map((ipVersion) => ({
  direction: 'egress',
  ipVersion,
  protocol: null,
  portMin: null,
  portMax: null,
  remote: null,
}));

const friends: FilterRule = {
  direction: 'ingress',
  ipVersion: 4,
  protocol: 6,
  portMin: 80,
  portMax: 80,
  remote: { group: 'friends' },
};

const filtered = (...rules: FilterRule[]) => ({
  allowedPairs: [],
  rules: [...egress, ...rules],
  stateful: true,
});

describe('networks across nodes', () => {
  let cluster: Cluster;
  let one: Node;
  let two: Node;

  beforeEach(async () => {
    cluster = await Cluster.make();
    [one, two] = cluster.nodes;
  });

  afterEach(() => cluster.close());

  it('carry IPv4 and IPv6 both ways, and nothing to another network', async () => {
    const [network, other] = [await cluster.makeNetwork(), await cluster.makeNetwork()];
    const [a, b] = [await cluster.plug(one, network), await cluster.plug(two, network)];
    const stranger = await cluster.plug(two, other);
    expect(await one.lab.pings(a.at, b.ip)).toBe(true);
    expect(await two.lab.pings(b.at, a.ip)).toBe(true);
    expect(await one.lab.pings(a.at, b.ip6)).toBe(true);
    expect(await one.lab.pings(a.at, stranger.ip)).toBe(false);
  });

  it('say so in words where another cloud on the machine has the number, and take it once it is free', async () => {
    const network = await cluster.makeNetwork();
    const id = 77_077;
    const taken = { ...network, id: newUuid(), segment: { type: 'vxlan' as const, id } };
    const ip = (...args: string[]) => one.lab.run(one.lab.machine, 'ip', 'link', ...args);
    await ip('add', 'theirs', 'type', 'vxlan', 'id', String(id), 'dstport', '4789', 'nolearning');
    await expect(one.driver.ensureNetwork(taken)).rejects.toMatchObject({
      kind: 'conflict',
      retryable: true,
      message: expect.stringContaining(`The vxlan ${id} is taken on this machine`) as unknown,
    });
    await ip('delete', 'theirs');
    await one.driver.ensureNetwork(taken);
    await one.driver.removeNetwork(taken.id);
  });

  it('carry the largest packet that the network promises, unbroken, and refuse a larger one', async () => {
    const network = await cluster.makeNetwork({ mtu: 1450 });
    const [a, b] = [await cluster.plug(one, network), await cluster.plug(two, network)];
    const unbroken = (bytes: number) =>
      one.lab.run(a.at, 'ping', '-c1', '-W1', '-M', 'do', '-s', String(bytes - 28), b.ip);
    expect((await unbroken(1450)).code).toBe(0);
    expect((await unbroken(1451)).code).not.toBe(0);
  });

  it('flood nothing: what no entry knows does not leave the node', async () => {
    const network = await cluster.makeNetwork();
    const [a, b] = [await cluster.plug(one, network), await cluster.plug(two, network)];
    const tunnelled = await one.lab.countTunnelled();
    expect(await one.lab.pings(a.at, b.ip)).toBe(true);
    const known = await tunnelled();
    expect(known).toBeGreaterThan(0);
    await cluster.nodes[0].driver.setRemotes([]);
    expect(await one.lab.pings(a.at, b.ip)).toBe(false);
    await one.lab.run(a.at, 'busybox', 'arping', '-c1', '-w1', b.ip);
    expect(await tunnelled()).toBe(known);
  });

  it('find a port that moved to the other node with its addresses', async () => {
    const network = await cluster.makeNetwork();
    const [a, b] = [await cluster.plug(one, network), await cluster.plug(two, network)];
    expect(await one.lab.pings(a.at, b.ip)).toBe(true);
    await cluster.unplug(b);
    const moved = await cluster.plug(one, network, { mac: b.port.mac, addresses: b.port.addresses });
    expect(await one.lab.pings(a.at, moved.ip)).toBe(true);
    await cluster.unplug(moved);
    const back = await cluster.plug(two, network, { mac: b.port.mac, addresses: b.port.addresses });
    expect(await one.lab.pings(a.at, back.ip)).toBe(true);
    expect(await one.lab.pings(a.at, back.ip6)).toBe(true);
  });

  it('keep carrying while the node restarts, and forget afterwards what went meanwhile', async () => {
    const network = await cluster.makeNetwork();
    const [a, b] = [await cluster.plug(one, network), await cluster.plug(two, network)];
    const restarted = one.lab.driver();
    await restarted.ensureNetwork(network);
    expect(await one.lab.pings(a.at, b.ip)).toBe(true);
    await restarted.setRemotes([]);
    expect(await one.lab.pings(a.at, b.ip)).toBe(false);
    await restarted.close();
  });

  it('filter at both ends, and know the members of a group on the other node', async () => {
    const network = await cluster.makeNetwork();
    const server = await cluster.plug(two, network, { filter: filtered(friends) });
    const [friend, stranger] = [
      await cluster.plug(one, network, { filter: filtered() }),
      await cluster.plug(one, network, { filter: filtered() }),
    ];
    for (const { driver } of cluster.nodes)
      await driver.setGroups([{ id: 'friends', addresses: [friend.ip] }]);
    await two.lab.serve(server.at, 80, 'a friend');
    expect(await one.lab.fetch(friend.at, server.ip, 80)).toBe('a friend');
    expect(await one.lab.fetch(stranger.at, server.ip, 80)).toBeUndefined();
  });

  it('let nobody on one node speak as a port of the other', async () => {
    const network = await cluster.makeNetwork();
    const [liar, honest] = [
      await cluster.plug(one, network, { filter: filtered() }),
      await cluster.plug(two, network),
    ];
    // First the truth, so that the lie is a packet: a liar who still asks for its neighbour asks with the lie, and hears nothing.
    expect(await one.lab.pings(liar.at, honest.ip)).toBe(true);
    await one.lab.run(liar.at, 'ip', 'addr', 'add', '10.0.0.240/24', 'dev', 'eth0');
    expect(await one.lab.pings(liar.at, honest.ip, '-I', '10.0.0.240')).toBe(false);
    expect(await one.lab.pings(liar.at, honest.ip)).toBe(true);
  });

  it('leave nothing behind', async () => {
    const network = await cluster.makeNetwork();
    const [a, b] = [await cluster.plug(one, network), await cluster.plug(two, network)];
    for (const { node, port } of [a, b]) {
      await node.driver.removeSandbox(port.sandboxId);
      await node.driver.removeNetwork(network.id);
      expect((await node.lab.leftovers()).filter((line) => !line.includes(' wire@'))).toEqual([]);
    }
  });

  it('change from a tunnel to none and to another in place', async () => {
    const network = await cluster.makeNetwork();
    const [a, b] = [await cluster.plug(one, network), await cluster.plug(two, network)];
    await one.driver.ensureNetwork({ ...network, segment: null });
    expect(await one.lab.pings(a.at, b.ip)).toBe(false);
    for (const { driver } of cluster.nodes)
      await driver.ensureNetwork({ ...network, segment: { type: 'vxlan', id: 77 } });
    expect(await one.lab.pings(a.at, b.ip)).toBe(true);
  });

  it('are routed on one node for both, and by the other once it has the router', async () => {
    const [left, right] = [await cluster.makeNetwork(), await cluster.makeNetwork()];
    const side = (network: NetworkSpec, address: string, mac: string): RouterInterface => ({
      portId: newUuid(),
      networkId: network.id,
      mac,
      mtu: 1450,
      addresses: [{ address, prefix: 24 }],
      advertise: [],
    });
    const sides = [side(left, '10.1.0.1', 'fa:16:3e:ff:01:01'), side(right, '10.2.0.1', 'fa:16:3e:ff:02:01')];
    const router = aRouter({ interfaces: sides });
    const at = (address: string, gateway: string) => ({
      addresses: [{ address, prefix: 24 }],
      gateways: [gateway],
    });
    const a = await cluster.plug(one, left, at('10.1.0.5', '10.1.0.1'));
    const b = await cluster.plug(two, right, at('10.2.0.5', '10.2.0.1'));
    const leave = await cluster.route(one, router);
    expect(await one.lab.pings(a.at, b.ip)).toBe(true);
    expect(await two.lab.pings(b.at, a.ip)).toBe(true);
    await leave();
    await cluster.route(two, router);
    // The old one speaks once more: where it stood is not where it is to be looked for.
    await one.lab.run(one.lab.router(router.id), 'busybox', 'ping', '-c1', '-W1', '10.1.0.5');
    await one.driver.removeRouter(router.id);
    expect(await one.lab.pings(a.at, b.ip)).toBe(true);
    expect(await two.lab.pings(b.at, a.ip)).toBe(true);
  });

  it('hear the router’s advertisements on both nodes', async () => {
    const network = await cluster.makeNetwork();
    const side: RouterInterface = {
      portId: newUuid(),
      networkId: network.id,
      mac: 'fa:16:3e:ff:06:01',
      mtu: 1450,
      addresses: [{ address: 'fd00:6::1', prefix: 64 }],
      advertise: [{ cidr: 'fd00:6::/64', mode: 'slaac', dnsServers: [] }],
    };
    const router = aRouter({ interfaces: [side] });
    // It makes its address itself, of its MAC; control knows it all the same, and so does the other node.
    const asks = (last: string): Partial<PortSpec> => ({
      mac: `fa:16:3e:00:06:${last}`,
      addresses: [{ address: `fd00:6::f816:3eff:fe00:6${last}`, prefix: 64 }],
      dhcp: { hostname: null, options: [] },
    });
    const guests = [
      await cluster.plug(one, network, asks('11')),
      await cluster.plug(two, network, asks('12')),
    ];
    await cluster.route(one, router);
    for (const { at, node } of guests) {
      await node.lab.run(
        at,
        'sysctl',
        '-qw',
        'net.ipv6.conf.eth0.accept_ra=2',
        'net.ipv6.conf.eth0.autoconf=1',
      );
      // A device that comes up asks for routers.
      for (const state of ['down', 'up'])
        await node.lab.run(at, 'ip', 'link', 'set', 'eth0', state, 'addrgenmode', 'eui64');
    }
    for (const { at, node } of guests)
      await vi.waitFor(
        async () => {
          const { stdout } = await node.lab.run(at, 'ip', '-6', 'route', 'show', 'default');
          expect(stdout).toContain('via fe80::f816:3eff:feff:601 dev eth0 proto ra');
          expect((await node.lab.run(at, 'ip', '-6', 'addr')).stdout).toMatch(
            /inet6 fd00:6::\S+ scope global dynamic mngtmpaddr\b(?!.*tentative)/,
          );
          expect(await node.lab.pings(at, 'fd00:6::1')).toBe(true);
        },
        { timeout: 15_000 },
      );
    await one.driver.removeRouter(router.id);
    expect((await one.lab.leftovers()).filter((line) => line.includes(router.id))).toEqual([]);
  });
});
