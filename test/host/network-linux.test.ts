import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { aNetwork, aPort, aRouter, networkContract } from '#drivers/network/contract.ts';
import type {
  FilterRule,
  NetworkDriver,
  NetworkSpec,
  PortSpec,
  RouterInterface,
} from '#drivers/network/driver.ts';
import { newUuid } from '#kernel/ids.ts';
import { addressOf, NetworkLab } from './network-lab.ts';

networkContract('linux', () => NetworkLab.make());

const anyEgress: FilterRule[] = ([4, 6] as const).map((ipVersion) => ({
  direction: 'egress',
  ipVersion,
  protocol: null,
  portMin: null,
  portMax: null,
  remote: null,
}));

const tcpIngress = (port: number, remote: FilterRule['remote'] = null): FilterRule => ({
  direction: 'ingress',
  ipVersion: 4,
  protocol: 6,
  portMin: port,
  portMax: port,
  remote,
});

const filtered = (...rules: FilterRule[]) => ({
  allowedPairs: [],
  rules: [...anyEgress, ...rules],
  stateful: true,
});

describe('linux networks, with real packets', () => {
  let lab: NetworkLab;
  let driver: NetworkDriver;

  beforeEach(async () => {
    lab = await NetworkLab.make();
    driver = lab.driver();
  });

  afterEach(async () => {
    await lab.close();
  });

  const makeNetwork = async (spec: Partial<NetworkSpec> = {}) => {
    const network = aNetwork(spec);
    await driver.ensureNetwork(network);
    return network;
  };

  /** A workload: the path of its sandbox and its port. */
  const plug = async (network: NetworkSpec, spec: Partial<PortSpec> = {}) => {
    const port = aPort(network.id, newUuid(), spec);
    const at = await driver.ensureSandbox(port.sandboxId);
    await driver.plugPort(port);
    return { at, port, ip: addressOf(port), ip6: addressOf(port, 6) };
  };

  const addresses = (address: string) => ({ addresses: [{ address, prefix: 24 }] });

  const side = (network: NetworkSpec, address: string, last: string): RouterInterface => ({
    portId: newUuid(),
    networkId: network.id,
    mac: `fa:16:3e:ff:00:${last}`,
    mtu: 1450,
    addresses: [{ address, prefix: 24 }],
    advertise: [],
  });

  /** An external network, a router with SNAT out of it, and a tenant's network behind. */
  const makeEdge = async () => {
    const external = await makeNetwork({
      uplink: { addresses: [{ address: '172.24.4.1', prefix: 24 }], masquerade: true },
    });
    const inside = await makeNetwork();
    const router = aRouter({
      interfaces: [side(inside, '10.0.0.1', '01')],
      gateway: { ...side(external, '172.24.4.9', '02'), nexthops: ['172.24.4.1'], snat: true },
    });
    await driver.ensureRouter(router);
    return { external, inside, router };
  };

  describe('a network', () => {
    it('carries IPv4 and IPv6 between its ports, and nothing to another', async () => {
      const [network, other] = [await makeNetwork(), await makeNetwork()];
      const [a, b, stranger] = [await plug(network), await plug(network), await plug(other)];
      expect(await lab.pings(a.at, b.ip)).toBe(true);
      expect(await lab.pings(a.at, b.ip6)).toBe(true);
      expect(await lab.pings(a.at, stranger.ip)).toBe(false);
    });

    it('may have the same addresses as another, each with its own filters', async () => {
      const networks = [await makeNetwork(), await makeNetwork()];
      for (const [index, network] of networks.entries()) {
        const server = await plug(network, {
          ...addresses('10.0.0.5'),
          filter: filtered(...(index === 0 ? [tcpIngress(80)] : [])),
        });
        await lab.serve(server.at, 80, `network ${index}`);
      }
      const clients = [];
      for (const network of networks) clients.push(await plug(network, addresses('10.0.0.6')));
      expect(await lab.fetch(clients[0]?.at ?? '', '10.0.0.5', 80)).toBe('network 0');
      expect(await lab.fetch(clients[1]?.at ?? '', '10.0.0.5', 80)).toBeUndefined();
    });
  });

  describe('a port', () => {
    it('changes its address, MAC and life in place', async () => {
      const network = await makeNetwork();
      const [a, b] = [await plug(network, { filter: filtered() }), await plug(network)];
      const moved = {
        ...a.port,
        mac: 'fa:16:3e:aa:00:01',
        addresses: [{ address: '10.0.0.250', prefix: 24 }],
      };
      const before = await lab.deviceIndex(a.at, 'eth0');
      await driver.plugPort(moved);
      expect(await lab.pings(a.at, b.ip)).toBe(true);
      expect((await lab.run(a.at, 'ip', '-o', 'addr')).stdout).not.toContain(a.ip);
      expect((await lab.run(a.at, 'ip', 'link', 'show', 'eth0')).stdout).toContain(moved.mac);
      await driver.plugPort({ ...moved, up: false });
      expect(await lab.pings(a.at, b.ip)).toBe(false);
      await driver.plugPort(moved);
      // The kernel tells of a carrier that flaps at most once a second.
      await vi.waitFor(async () => expect(await lab.pings(a.at, b.ip)).toBe(true), { timeout: 5_000 });
      expect(await lab.deviceIndex(a.at, 'eth0')).toBe(before);
    });

    it('is replaced when what is there is half of it', async () => {
      const network = await makeNetwork();
      const [a, b] = [await plug(network), await plug(network)];
      await lab.run(a.at, 'ip', 'link', 'set', 'eth0', 'down');
      await lab.run(a.at, 'ip', 'link', 'set', 'eth0', 'name', 'lost');
      await driver.plugPort(a.port);
      expect(await lab.pings(a.at, b.ip)).toBe(true);
    });

    it('comes back after its sandbox was made anew', async () => {
      const network = await makeNetwork();
      const [a, b] = [await plug(network), await plug(network)];
      await driver.removeSandbox(a.port.sandboxId);
      await driver.ensureSandbox(a.port.sandboxId);
      await driver.plugPort(a.port);
      expect(await lab.pings(b.at, a.ip)).toBe(true);
    });
  });

  describe('a filter', () => {
    it('lets an open port connect and a blocked one time out', async () => {
      const network = await makeNetwork();
      const [server, client] = [
        await plug(network, { filter: filtered(tcpIngress(80)) }),
        await plug(network, { filter: filtered() }),
      ];
      await lab.serve(server.at, 80, 'open');
      await lab.serve(server.at, 81, 'shut');
      expect(await lab.fetch(client.at, server.ip, 80)).toBe('open');
      expect(await lab.fetch(client.at, server.ip, 81)).toBeUndefined();
      expect(await lab.pings(client.at, server.ip)).toBe(false);
      expect(await lab.pings(server.at, client.ip)).toBe(false);
    });

    it('lets IPv6 neighbours find each other, and a ping through that is allowed', async () => {
      const network = await makeNetwork();
      const ping: FilterRule = { ...tcpIngress(0), ipVersion: 6, protocol: 58, portMin: 128, portMax: null };
      const [a, b] = [
        await plug(network, { filter: filtered(ping) }),
        await plug(network, { filter: filtered() }),
      ];
      // The first search for a neighbour may fall into the moment in which the bridge still learns of the port.
      await vi.waitFor(async () => expect(await lab.pings(b.at, a.ip6)).toBe(true), { timeout: 5_000 });
      expect(await lab.pings(a.at, b.ip6)).toBe(false);
    });

    it('stops what may not leave', async () => {
      const network = await makeNetwork();
      const [server, client] = [
        await plug(network),
        await plug(network, { filter: { allowedPairs: [], rules: [], stateful: true } }),
      ];
      await lab.serve(server.at, 80, 'there');
      expect(await lab.fetch(client.at, server.ip, 80)).toBeUndefined();
      await driver.plugPort({ ...client.port, filter: filtered() });
      expect(await lab.fetch(client.at, server.ip, 80)).toBe('there');
      await driver.plugPort({ ...client.port, filter: null });
      expect(await lab.pings(server.at, client.ip)).toBe(true);
    });

    it('knows the members of a group, as they are now', async () => {
      const network = await makeNetwork();
      const [member, outsider] = [await plug(network), await plug(network)];
      await driver.setGroups([{ id: 'friends', addresses: [member.ip] }]);
      const server = await plug(network, { filter: filtered(tcpIngress(80, { group: 'friends' })) });
      await lab.serve(server.at, 80, 'friend');
      expect(await lab.fetch(member.at, server.ip, 80)).toBe('friend');
      expect(await lab.fetch(outsider.at, server.ip, 80)).toBeUndefined();
      await lab.driver().setGroups([{ id: 'friends', addresses: [outsider.ip, '10.7.0.0/16'] }]);
      expect(await lab.fetch(outsider.at, server.ip, 80)).toBe('friend');
      expect(await lab.fetch(member.at, server.ip, 80)).toBeUndefined();
      await driver.setGroups([]);
      expect(await lab.fetch(outsider.at, server.ip, 80)).toBeUndefined();
    });

    it('keeps the members of groups over a restart, until they are said anew', async () => {
      const network = await makeNetwork();
      const member = await plug(network);
      await driver.setGroups([{ id: 'friends', addresses: [member.ip] }]);
      const server = await plug(network, { filter: filtered(tcpIngress(80, { group: 'friends' })) });
      await lab.serve(server.at, 80, 'friend');
      await lab.driver().plugPort(server.port);
      expect(await lab.fetch(member.at, server.ip, 80)).toBe('friend');
    });

    it('lets nobody speak with an address, MAC or ARP answer that is not theirs', async () => {
      const network = await makeNetwork();
      const [victim, liar] = [await plug(network), await plug(network, { filter: filtered() })];
      expect(await lab.pings(liar.at, victim.ip)).toBe(true);
      await lab.run(liar.at, 'ip', 'addr', 'add', '10.0.0.240/24', 'dev', 'eth0');
      await lab.run(liar.at, 'ip', '-6', 'addr', 'add', 'fd00::240/64', 'dev', 'eth0', 'nodad');
      expect(await lab.pings(liar.at, victim.ip, '-I', '10.0.0.240')).toBe(false);
      expect(await lab.pings(liar.at, victim.ip6, '-I', 'fd00::240')).toBe(false);
      await lab.run(
        liar.at,
        'busybox',
        'arping',
        '-U',
        '-c1',
        '-w1',
        '-I',
        'eth0',
        '-s',
        '10.0.0.240',
        '10.0.0.240',
      );
      expect(await lab.pings(victim.at, '10.0.0.240')).toBe(false);
      expect(await lab.pings(victim.at, 'fd00::240')).toBe(false);
      expect((await lab.run(victim.at, 'ip', 'neigh', 'show', '10.0.0.240')).stdout).not.toContain('lladdr');
      expect((await lab.run(victim.at, 'ip', '-6', 'neigh', 'show', 'fd00::240')).stdout).not.toContain(
        'lladdr',
      );
      await lab.run(liar.at, 'ip', 'link', 'set', 'eth0', 'address', 'fa:16:3e:bb:00:01');
      expect(await lab.pings(liar.at, victim.ip)).toBe(false);
      expect((await lab.run(networkNamespace(network), 'bridge', 'fdb')).stdout).not.toContain('3e:bb:00:01');
    });

    it('lets a port use the pairs that it is allowed', async () => {
      const network = await makeNetwork();
      const peer = await plug(network);
      const { at } = await plug(network, {
        filter: { ...filtered(), allowedPairs: [{ mac: 'fa:16:3e:cc:00:01', address: '10.0.0.224/28' }] },
        mac: 'fa:16:3e:cc:00:01',
      });
      await lab.run(at, 'ip', 'addr', 'add', '10.0.0.230/24', 'dev', 'eth0');
      expect(await lab.pings(at, peer.ip, '-I', '10.0.0.230')).toBe(true);
    });

    const networkNamespace = (network: NetworkSpec) =>
      `${lab.machine.replace('machine', '')}-net-${network.id}`;
  });

  describe('a router', () => {
    it('joins networks, and parts them again', async () => {
      const networks = [await makeNetwork(), await makeNetwork()];
      const [left, right] = networks as [NetworkSpec, NetworkSpec];
      const a = await plug(left, { ...addresses('10.0.0.5'), gateways: ['10.0.0.1'] });
      const b = await plug(right, { ...addresses('10.0.1.5'), gateways: ['10.0.1.1'] });
      const router = aRouter({ interfaces: [side(left, '10.0.0.1', '01'), side(right, '10.0.1.1', '02')] });
      expect(await lab.pings(a.at, b.ip)).toBe(false);
      await driver.ensureRouter(router);
      expect(await lab.pings(a.at, b.ip)).toBe(true);
      await driver.ensureRouter({ ...router, up: false });
      expect(await lab.pings(a.at, b.ip)).toBe(false);
      await driver.ensureRouter({ ...router, interfaces: router.interfaces.slice(0, 1) });
      expect(await lab.pings(a.at, '10.0.0.1')).toBe(true);
      expect(await lab.pings(a.at, b.ip)).toBe(false);
    });

    it('announces itself to neighbours that know another by its address', async () => {
      const network = await makeNetwork();
      const a = await plug(network, { ...addresses('10.0.0.5'), gateways: ['10.0.0.1'] });
      const neighbour = ['neigh', 'replace', '10.0.0.1', 'lladdr', 'fa:16:3e:00:00:99', 'nud', 'stale'];
      await lab.run(a.at, 'ip', ...neighbour, 'dev', 'eth0');
      const inside = side(network, '10.0.0.1', '01');
      await driver.ensureRouter(aRouter({ interfaces: [inside] }));
      await vi.waitFor(async () => expect((await lab.run(a.at, 'ip', 'neigh')).stdout).toContain(inside.mac));
    });

    it('hides what is inside behind its own address', async () => {
      const { inside, router, external } = await makeEdge();
      const host = await plug(external, addresses('172.24.4.50'));
      const a = await plug(inside, { ...addresses('10.0.0.5'), gateways: ['10.0.0.1'] });
      expect(await lab.pings(a.at, '172.24.4.50')).toBe(true);
      expect((await lab.run(host.at, 'ip', 'neigh')).stdout).toContain('172.24.4.9');
      await driver.ensureRouter({ ...router, gateway: router.gateway && { ...router.gateway, snat: false } });
      expect(await lab.pings(a.at, '172.24.4.50')).toBe(false);
    });

    it('takes workloads out to where the machine can go', async () => {
      const { inside } = await makeEdge();
      const a = await plug(inside, { ...addresses('10.0.0.5'), gateways: ['10.0.0.1'] });
      await lab.run(lab.machine, 'ip', 'addr', 'add', '192.0.2.1/32', 'dev', 'lo');
      expect(await lab.pings(a.at, '192.0.2.1')).toBe(true);
    });

    it('brings a floating address to its workload, from the machine and from a neighbour', async () => {
      const { inside, router } = await makeEdge();
      const a = await plug(inside, { ...addresses('10.0.0.5'), gateways: ['10.0.0.1'] });
      const b = await plug(inside, { ...addresses('10.0.0.6'), gateways: ['10.0.0.1'] });
      await lab.serve(a.at, 80, 'a');
      await lab.serve(b.at, 80, 'b');
      const floating = (fixed: string) => [{ id: newUuid(), external: '172.24.4.20', fixed }];
      await driver.ensureRouter({ ...router, floatingIps: floating('10.0.0.5') });
      expect(await lab.fetch(lab.machine, '172.24.4.20', 80)).toBe('a');
      expect(await lab.fetch(b.at, '172.24.4.20', 80)).toBe('a');
      expect(await lab.fetch(a.at, '172.24.4.20', 80)).toBe('a');
      await driver.ensureRouter({ ...router, floatingIps: floating('10.0.0.6') });
      expect(await lab.fetch(lab.machine, '172.24.4.20', 80)).toBe('b');
      await driver.ensureRouter(router);
      expect(await lab.fetch(lab.machine, '172.24.4.20', 80)).toBeUndefined();
    });

    it('forwards ports of one address to several workloads, port for port, from the machine and from a neighbour', async () => {
      const { inside, router } = await makeEdge();
      const gateways = ['10.0.0.1'];
      const servers = [];
      for (const address of ['10.0.0.5', '10.0.0.6'])
        servers.push(await plug(inside, { ...addresses(address), gateways }));
      const neighbour = await plug(inside, { ...addresses('10.0.0.7'), gateways });
      await lab.serve(servers[0]?.at ?? '', 80, 'first');
      for (const [port, text] of [
        [81, 'second'],
        [8001, 'one'],
        [8002, 'two'],
      ] as const)
        await lab.serve(servers[1]?.at ?? '', port, text);
      const forward = (external: number, fixed: string, port: number, count = 1) => ({
        id: newUuid(),
        protocol: 'tcp' as const,
        external: '172.24.4.20',
        externalPorts: { first: external, last: external + count - 1 },
        fixed,
        fixedPorts: { first: port, last: port + count - 1 },
      });
      const portForwardings = [
        forward(80, '10.0.0.5', 80),
        forward(8080, '10.0.0.6', 81),
        forward(9001, '10.0.0.6', 8001, 2),
      ];
      await driver.ensureRouter({ ...router, portForwardings });
      for (const from of [lab.machine, neighbour.at]) {
        expect(await lab.fetch(from, '172.24.4.20', 80)).toBe('first');
        expect(await lab.fetch(from, '172.24.4.20', 8080)).toBe('second');
        expect(await lab.fetch(from, '172.24.4.20', 9001)).toBe('one');
        expect(await lab.fetch(from, '172.24.4.20', 9002)).toBe('two');
      }
      await driver.ensureRouter({ ...router, portForwardings: portForwardings.slice(0, 1) });
      expect(await lab.fetch(lab.machine, '172.24.4.20', 80)).toBe('first');
      expect(await lab.fetch(lab.machine, '172.24.4.20', 8080)).toBeUndefined();
    });

    it('announces a floating address that comes from another router', async () => {
      const { external, inside, router } = await makeEdge();
      const a = await plug(inside, { ...addresses('10.0.0.5'), gateways: ['10.0.0.1'] });
      const second = aRouter({
        gateway: { ...side(external, '172.24.4.10', '03'), nexthops: ['172.24.4.1'], snat: true },
        floatingIps: [{ id: newUuid(), external: '172.24.4.20', fixed: '10.9.9.9' }],
      });
      await driver.ensureRouter(second);
      await lab.fetch(lab.machine, '172.24.4.20', 80);
      await driver.ensureRouter({ ...second, floatingIps: [] });
      await lab.serve(a.at, 80, 'moved');
      await driver.ensureRouter({
        ...router,
        floatingIps: [{ id: newUuid(), external: '172.24.4.20', fixed: '10.0.0.5' }],
      });
      expect(await lab.fetch(lab.machine, '172.24.4.20', 80)).toBe('moved');
    });
  });

  describe('a resolver', () => {
    const resolver = {
      mac: 'fa:16:3e:dd:00:01',
      addresses: [
        { address: '10.0.0.2', prefix: 24 },
        { address: 'fd00::2', prefix: 64 },
      ],
      domain: 'cloud.test',
      records: [{ name: 'web', address: '10.0.0.77' }],
      servers: [],
    };

    it('answers the names of its network, changed ones without a new start, and only there', async () => {
      const [network, other] = [await makeNetwork({ resolver }), await makeNetwork()];
      const [a, stranger] = [await plug(network, { filter: filtered() }), await plug(other)];
      expect(await lab.resolves(a.at, 'web.cloud.test', '10.0.0.2')).toBe('10.0.0.77');
      expect(await lab.resolves(a.at, 'web.cloud.test', 'fd00::2')).toBe('10.0.0.77');
      expect(await lab.resolves(stranger.at, 'web.cloud.test', '10.0.0.2')).toBeUndefined();
      const before = (await lab.leftovers()).filter((item) => /^\d+$/.test(item));
      const records = [{ name: 'web', address: '10.0.0.78' }];
      await lab.driver().ensureNetwork({ ...network, resolver: { ...resolver, records } });
      await vi.waitFor(async () =>
        expect(await lab.resolves(a.at, 'web.cloud.test', '10.0.0.2')).toBe('10.0.0.78'),
      );
      expect((await lab.leftovers()).filter((item) => /^\d+$/.test(item))).toEqual(before);
      expect(before).toHaveLength(2);
    });

    it('asks the given servers, as seen from the machine, for other names', async () => {
      lab.start(
        lab.machine,
        'dnsmasq',
        '--no-daemon',
        '--conf-file=/dev/null',
        '--no-resolv',
        '--no-hosts',
        '--listen-address=127.0.0.1',
        '--bind-interfaces',
        '--address=/elsewhere.test/192.0.2.9',
      );
      await lab.listening(lab.machine, 53);
      const network = await makeNetwork({ resolver: { ...resolver, servers: ['127.0.0.1'] } });
      const a = await plug(network);
      expect(await lab.resolves(a.at, 'www.elsewhere.test', '10.0.0.2')).toBe('192.0.2.9');
    });

    it('starts again with new arguments, or when it died, and goes when it is not wanted', async () => {
      const network = await makeNetwork({ resolver });
      const a = await plug(network);
      const renamed = { ...network, resolver: { ...resolver, domain: 'other.test' } };
      await driver.ensureNetwork(renamed);
      expect(await lab.resolves(a.at, 'web.other.test', '10.0.0.2')).toBe('10.0.0.77');
      const processes = async () => (await lab.leftovers()).filter((item) => /^\d+$/.test(item));
      for (const pid of await processes()) process.kill(Number(pid), 'SIGKILL');
      await vi.waitFor(async () => expect(await processes()).toEqual([]));
      await driver.ensureNetwork(renamed);
      expect(await lab.resolves(a.at, 'web.other.test', '10.0.0.2')).toBe('10.0.0.77');
      await driver.ensureNetwork({ ...network, resolver: null });
      expect(await processes()).toEqual([]);
    });
  });

  it('leaves nothing of an external network with a resolver', async () => {
    const { external, inside, router } = await makeEdge();
    await driver.removeRouter(router.id);
    await driver.removeNetwork(inside.id);
    await driver.removeNetwork(external.id);
    expect(await lab.leftovers()).toEqual([]);
  });

  it('takes up half-made namespaces, and removes them', async () => {
    const [network, sandbox] = [newUuid(), newUuid()];
    const prefix = lab.machine.replace('machine', '');
    await lab.run(
      lab.machine,
      'touch',
      `/run/netns/${prefix}-net-${network}`,
      `/run/netns/${prefix}-sandbox-${sandbox}`,
    );
    await driver.ensureNetwork(aNetwork({ id: network }));
    await driver.removeNetwork(network);
    await driver.removeSandbox(sandbox);
    expect(await lab.leftovers()).toEqual([]);
  });
});
