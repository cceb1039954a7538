import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newUuid } from '#kernel/ids.ts';
import { UNLIMITED, type NetworkDriver, type NetworkSpec, type PortSpec, type RouterSpec } from './driver.ts';

/** One machine for one test. */
export interface NetworkHarness {
  /** A new driver on the same machine, as after a restart of the node. */
  driver(): NetworkDriver;
  /** Everything of ours that the machine still holds, named for the failure message. */
  leftovers(): Promise<string[]>;
  close(): Promise<void>;
}

export const aNetwork = (spec: Partial<NetworkSpec> = {}): NetworkSpec => ({
  id: newUuid(),
  mtu: 1450,
  segment: null,
  resolver: null,
  uplink: null,
  dhcp: [],
  metadata: false,
  ...spec,
});

let ports = 0;

/** A port with an address of its own in 10.0.0.0/24 and fd00::/64, without a filter. */
export function aPort(networkId: string, sandboxId: string, spec: Partial<PortSpec> = {}): PortSpec {
  ports += 1;
  const host = 10 + (ports % 200);
  return {
    id: newUuid(),
    networkId,
    sandboxId,
    device: 'eth0',
    mac: `fa:16:3e:00:00:${host.toString(16).padStart(2, '0')}`,
    mtu: 1450,
    addresses: [
      { address: `10.0.0.${host}`, prefix: 24 },
      { address: `fd00::${host.toString(16)}`, prefix: 64 },
    ],
    gateways: [],
    routes: [],
    up: true,
    filter: null,
    bandwidth: UNLIMITED,
    dhcp: null,
    ...spec,
  };
}

export const aRouter = (spec: Partial<RouterSpec> = {}): RouterSpec => ({
  id: newUuid(),
  up: true,
  interfaces: [],
  gateway: null,
  floatingIps: [],
  portForwardings: [],
  routes: [],
  ...spec,
});

/** What every network driver promises, whatever it is made of. */
export function networkContract(name: string, makeHarness: () => Promise<NetworkHarness>): void {
  describe(`network driver ${name}`, () => {
    let harness: NetworkHarness;
    let driver: NetworkDriver;

    beforeEach(async () => {
      harness = await makeHarness();
      driver = harness.driver();
    });

    afterEach(async () => {
      await driver.close();
      await harness.close();
    });

    const networkWithSandbox = async () => {
      const [network, sandbox] = [aNetwork(), newUuid()];
      await driver.ensureNetwork(network);
      await driver.ensureSandbox(sandbox);
      return { network, sandbox };
    };

    const routerBetween = async () => {
      const networks = [aNetwork(), aNetwork()];
      for (const network of networks) await driver.ensureNetwork(network);
      return aRouter({
        interfaces: networks.map((network, index) => ({
          portId: newUuid(),
          networkId: network.id,
          mac: `fa:16:3e:00:01:0${index}`,
          mtu: 1450,
          addresses: [{ address: `10.0.${index}.1`, prefix: 24 }],
          advertise: [],
        })),
      });
    };

    it('says that it is usable where its tests run', async () => {
      expect(await driver.probe()).toEqual({ usable: true });
    });

    it('finds nothing on a machine where nothing was made', async () => {
      expect(await driver.inspect()).toEqual({ networks: [], sandboxes: [], ports: [], routers: [] });
    });

    it('makes a thing once however often it is asked', async () => {
      const { network, sandbox } = await networkWithSandbox();
      const port = aPort(network.id, sandbox);
      await driver.plugPort(port);
      await driver.ensureNetwork(network);
      const path = await driver.ensureSandbox(sandbox);
      await driver.plugPort(port);
      expect(await driver.ensureSandbox(sandbox)).toBe(path);
      expect(await driver.inspect()).toEqual({
        networks: [network.id],
        sandboxes: [sandbox],
        ports: [port.id],
        routers: [],
      });
    });

    it('finds after a restart what was there before, and can remove it', async () => {
      const { network, sandbox } = await networkWithSandbox();
      const [port, router] = [aPort(network.id, sandbox), await routerBetween()];
      await driver.plugPort(port);
      await driver.ensureRouter(router);
      const restarted = harness.driver();
      const found = await restarted.inspect();
      expect(found.ports).toEqual([port.id]);
      expect(found.routers).toEqual([router.id]);
      expect(found.networks).toHaveLength(3);
      await restarted.unplugPort(port.id);
      expect((await restarted.inspect()).ports).toEqual([]);
    });

    it('removes everything, twice without harm', async () => {
      const { network, sandbox } = await networkWithSandbox();
      const [port, router] = [aPort(network.id, sandbox), await routerBetween()];
      await driver.plugPort(port);
      await driver.ensureRouter(router);
      const networks = [network.id, ...router.interfaces.map((side) => side.networkId)];
      for (let time = 0; time < 2; time += 1) {
        await driver.removeRouter(router.id);
        await driver.unplugPort(port.id);
        await driver.removeSandbox(sandbox);
        for (const id of networks) await driver.removeNetwork(id);
      }
      expect(await harness.leftovers()).toEqual([]);
    });

    it('removes everything in the wrong order too', async () => {
      const { network, sandbox } = await networkWithSandbox();
      const [port, router] = [aPort(network.id, sandbox), await routerBetween()];
      await driver.plugPort(port);
      await driver.ensureRouter(router);
      for (const id of [network.id, ...router.interfaces.map((side) => side.networkId)])
        await driver.removeNetwork(id);
      await driver.removeSandbox(sandbox);
      await driver.unplugPort(port.id);
      await driver.removeRouter(router.id);
      expect(await harness.leftovers()).toEqual([]);
    });

    it('takes the ports of a removed sandbox away', async () => {
      const { network, sandbox } = await networkWithSandbox();
      await driver.plugPort(aPort(network.id, sandbox));
      await driver.removeSandbox(sandbox);
      expect(await driver.inspect()).toMatchObject({ ports: [], sandboxes: [] });
    });

    it('hands a port over without a sandbox, again and again, and takes it away', async () => {
      const network = aNetwork();
      await driver.ensureNetwork(network);
      const port = aPort(network.id, 'f'.repeat(64), { handover: true, device: 't_c01234567-89' });
      await driver.plugPort(port);
      await harness.driver().plugPort({ ...port, filter: { stateful: true, allowedPairs: [], rules: [] } });
      expect(await driver.inspect()).toMatchObject({ ports: [port.id], sandboxes: [] });
      await driver.unplugPort(port.id);
      await driver.unplugPort(port.id);
      await driver.removeNetwork(network.id);
      expect(await harness.leftovers()).toEqual([]);
    });

    it('plugs many ports at once', async () => {
      const network = aNetwork();
      await driver.ensureNetwork(network);
      const specs = Array.from({ length: 12 }, () => aPort(network.id, newUuid()));
      await Promise.all(
        specs.map(async (spec) => {
          await driver.ensureSandbox(spec.sandboxId);
          await driver.plugPort(spec);
        }),
      );
      expect((await driver.inspect()).ports.toSorted()).toEqual(specs.map((spec) => spec.id).toSorted());
    });

    it('changes a router in place', async () => {
      const router = await routerBetween();
      await driver.ensureRouter(router);
      await driver.ensureRouter({ ...router, interfaces: router.interfaces.slice(1) });
      await driver.ensureRouter(router);
      expect((await driver.inspect()).routers).toEqual([router.id]);
    });

    it('refuses a port whose network or sandbox is missing, and leaves no port behind', async () => {
      const { network, sandbox } = await networkWithSandbox();
      await expect(driver.plugPort(aPort(newUuid(), sandbox))).rejects.toMatchObject({ kind: 'conflict' });
      await expect(driver.plugPort(aPort(network.id, newUuid()))).rejects.toMatchObject({ kind: 'conflict' });
      expect((await driver.inspect()).ports).toEqual([]);
    });

    it('is told of ports elsewhere before and after their network is made, and refuses a bad one', async () => {
      const network = aNetwork({ segment: { type: 'vxlan', id: 1 + Math.floor(Math.random() * 0xff_fffe) } });
      const remote = {
        id: newUuid(),
        networkId: network.id,
        mac: 'fa:16:3e:00:02:01',
        addresses: ['10.0.0.9', 'fd00::9'],
        node: '192.0.2.9',
      };
      await driver.setRemotes([remote]);
      await driver.ensureNetwork(network);
      await driver.setRemotes([{ ...remote, node: '192.0.2.8' }]);
      await driver.setRemotes([]);
      await expect(driver.setRemotes([{ ...remote, node: 'nowhere' }])).rejects.toMatchObject({
        kind: 'bad-request',
      });
      await driver.removeNetwork(network.id);
      expect(await harness.leftovers()).toEqual([]);
    });

    it.each<[string, Partial<NetworkSpec>]>([
      ['tunnel', { segment: { type: 'vxlan', id: 0 } }],
      ['VLAN', { segment: { type: 'vlan', physicalNetwork: 'physnet1', id: 4095 } }],
      ['physical network', { segment: { type: 'flat', physicalNetwork: 'a b' } }],
      ['metadata without a resolver', { metadata: true }],
    ])('refuses a network with a bad %s', async (_, bad) => {
      await expect(driver.ensureNetwork(aNetwork(bad))).rejects.toMatchObject({ kind: 'bad-request' });
    });

    it('refuses a router that forwards to more ports than it has, or none', async () => {
      const forwarding = {
        id: newUuid(),
        protocol: 'tcp' as const,
        external: '172.24.4.9',
        externalPorts: { first: 80, last: 81 },
        fixed: '10.0.0.5',
        fixedPorts: { first: 80, last: 80 },
      };
      const zero = { ...forwarding, externalPorts: { first: 0, last: 0 } };
      for (const portForwardings of [[forwarding], [zero]])
        await expect(driver.ensureRouter(aRouter({ portForwardings }))).rejects.toMatchObject({
          kind: 'bad-request',
        });
    });

    it('refuses a second port for the same device', async () => {
      const { network, sandbox } = await networkWithSandbox();
      const first = aPort(network.id, sandbox);
      await driver.plugPort(first);
      await expect(driver.plugPort(aPort(network.id, sandbox))).rejects.toMatchObject({ kind: 'conflict' });
      expect((await driver.inspect()).ports).toEqual([first.id]);
    });

    it.each<[string, Partial<PortSpec>]>([
      ['id', { id: 'a; drop' }],
      ['MAC', { mac: 'fa:16:3e' }],
      ['device', { device: 'eth0\nlink del br0' }],
      ['address', { addresses: [{ address: '10.0.0.300', prefix: 24 }] }],
      ['prefix', { addresses: [{ address: '10.0.0.3', prefix: 33 }] }],
      ['gateway', { gateways: ['nowhere'] }],
      ['route', { routes: [{ destination: '10.0.0.0/40', nexthop: '10.0.0.1' }] }],
      ['MTU', { mtu: 0 }],
      ['rate', { bandwidth: { ingress: { kbps: 0, burstKbits: 0 }, egress: null } }],
      ['DHCP name', { dhcp: { hostname: 'a b', options: [] } }],
      [
        'DHCP option',
        { dhcp: { hostname: null, options: [{ ipVersion: 4, name: '67', value: 'a\ntag:x' }] } },
      ],
    ])('refuses a port with a bad %s', async (_, bad) => {
      const { network, sandbox } = await networkWithSandbox();
      await expect(driver.plugPort(aPort(network.id, sandbox, bad))).rejects.toMatchObject({
        kind: 'bad-request',
      });
    });
  });
}
