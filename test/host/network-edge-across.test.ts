import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { aNetwork, aPort, aRouter } from '#drivers/network/contract.ts';
import type { NetworkSpec, RouterInterface } from '#drivers/network/driver.ts';
import { newUuid } from '#kernel/ids.ts';
import { Cluster, type Node, type Workload } from './network-cluster.ts';

const FLOATING = '172.24.4.20';

/** The way out, and what a network gives, when the workload is on one node and its router on the other. */
describe('a workload whose router is on another node', () => {
  let cluster: Cluster;
  let one: Node;
  let two: Node;
  let inside: NetworkSpec;
  let external: NetworkSpec;
  let workload: Workload;

  beforeEach(async () => {
    cluster = await Cluster.make();
    [one, two] = cluster.nodes;
    inside = await cluster.makeNetwork();
    external = aNetwork({
      uplink: { addresses: [{ address: '172.24.4.1', prefix: 24 }], masquerade: true },
    });
    await two.driver.ensureNetwork(external);
    await cluster.route(two, aRouterOut());
    const addresses = [{ address: '10.0.0.5', prefix: 24 }];
    workload = await cluster.plug(one, inside, { addresses, gateways: ['10.0.0.1'] });
  });

  afterEach(() => cluster.close());

  const side = (network: NetworkSpec, address: string, mac: string): RouterInterface => ({
    portId: newUuid(),
    networkId: network.id,
    mac,
    mtu: 1450,
    addresses: [{ address, prefix: 24 }],
    advertise: [],
  });

  let router: ReturnType<typeof aRouter>;
  const aRouterOut = () => {
    const gateway = side(external, '172.24.4.9', 'fa:16:3e:ff:00:02');
    router = aRouter({
      interfaces: [side(inside, '10.0.0.1', 'fa:16:3e:ff:00:01')],
      gateway: { ...gateway, nexthops: ['172.24.4.1'], snat: true },
    });
    return router;
  };

  it('goes out behind the address of the router', async () => {
    const port = aPort(external.id, newUuid(), { addresses: [{ address: '172.24.4.50', prefix: 24 }] });
    const host = await two.driver.ensureSandbox(port.sandboxId);
    await two.driver.plugPort(port);
    expect(await one.lab.pings(workload.at, '172.24.4.50')).toBe(true);
    const { stdout } = await two.lab.run(host, 'ip', 'neigh');
    expect(stdout).toContain('172.24.4.9');
    expect(stdout).not.toContain('10.0.0.5');
  });

  it('has a floating address, from outside and for its neighbours on both nodes', async () => {
    await one.lab.serve(workload.at, 80, 'here');
    const near = await cluster.plug(one, inside, { gateways: ['10.0.0.1'] });
    const far = await cluster.plug(two, inside, { gateways: ['10.0.0.1'] });
    const floatingIps = [{ id: newUuid(), external: FLOATING, fixed: '10.0.0.5' }];
    await two.driver.ensureRouter({ ...router, floatingIps });
    expect(await two.lab.fetch(two.lab.machine, FLOATING, 80)).toBe('here');
    for (const { node, at } of [near, far]) expect(await node.lab.fetch(at, FLOATING, 80)).toBe('here');
    await two.driver.ensureRouter(router);
    expect(await two.lab.fetch(two.lab.machine, FLOATING, 80)).toBeUndefined();
  });

  it('has ports of an address, as another on the other node has others', async () => {
    const other = await cluster.plug(two, inside, { gateways: ['10.0.0.1'] });
    await one.lab.serve(workload.at, 80, 'one');
    await two.lab.serve(other.at, 80, 'two');
    const forward = (port: number, fixed: string) => ({
      id: newUuid(),
      protocol: 'tcp' as const,
      external: FLOATING,
      externalPorts: { first: port, last: port },
      fixed,
      fixedPorts: { first: 80, last: 80 },
    });
    const portForwardings = [forward(8001, workload.ip), forward(8002, other.ip)];
    await two.driver.ensureRouter({ ...router, portForwardings });
    expect(await two.lab.fetch(two.lab.machine, FLOATING, 8001)).toBe('one');
    expect(await two.lab.fetch(two.lab.machine, FLOATING, 8002)).toBe('two');
    expect(await two.lab.fetch(two.lab.machine, FLOATING, 8003)).toBeUndefined();
  });

  it('is held to its bandwidth, and its peer on the other node is not', async () => {
    const peer = await cluster.plug(two, inside);
    const limit = { kbps: 20_000, burstKbits: 400 };
    await one.driver.plugPort({ ...workload.port, bandwidth: { ingress: null, egress: limit } });
    expect(await across(workload, peer)).toBeLessThan(24);
    expect(await across(peer, workload)).toBeGreaterThan(24);
  });

  /** The server's namespace is found from either lab. */
  const across = (from: Workload, to: Workload) => to.node.lab.measure(from.at, to.at, to.ip);

  it('is told by its own node who it is', async () => {
    const resolver = {
      mac: 'fa:16:3e:00:09:02',
      addresses: [{ address: '10.0.0.2', prefix: 24 }],
      domain: 'across.test',
      records: [],
      servers: [],
    };
    for (const [index, { driver }] of cluster.nodes.entries()) {
      await driver.ensureNetwork({ ...inside, resolver, metadata: true });
      driver.metadata?.serve(async ({ source }) => ({
        status: 200,
        contentType: 'text/plain',
        body: `${source} on node ${index}`,
      }));
    }
    const routes = [{ destination: '169.254.169.254/32', nexthop: '10.0.0.2' }];
    const guests = [await cluster.plug(one, inside, { routes }), await cluster.plug(two, inside, { routes })];
    for (const [index, { node, at, ip }] of guests.entries())
      expect(await node.lab.fetch(at, '169.254.169.254', 80)).toBe(`${ip} on node ${index}`);
  });
});
