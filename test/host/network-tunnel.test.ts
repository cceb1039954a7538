import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FilterRule } from '#drivers/network/driver.ts';
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
    await cluster.nodes[0].driver.setRemotes([]);
    expect(await one.lab.pings(a.at, b.ip)).toBe(false);
    const { stdout } = await one.lab.run(one.lab.machine, 'cat', '/sys/class/net/wire/statistics/tx_packets');
    await one.lab.run(a.at, 'busybox', 'arping', '-c1', '-w1', b.ip);
    const after = await one.lab.run(one.lab.machine, 'cat', '/sys/class/net/wire/statistics/tx_packets');
    expect(after.stdout).toBe(stdout);
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
});
