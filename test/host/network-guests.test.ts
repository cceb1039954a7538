import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { aNetwork, aPort } from '#drivers/network/contract.ts';
import type { MetadataRequest, NetworkDriver, NetworkSpec, PortSpec } from '#drivers/network/driver.ts';
import { newUuid } from '#kernel/ids.ts';
import { addressOf, NetworkLab } from './network-lab.ts';

const TELL = `#!/bin/sh
[ "$1" = bound ] && echo "ip=$ip mask=$subnet router=$router dns=$dns routes=$staticroutes host=$hostname mtu=$mtu lease=$lease boot=$boot_file$bootfile"
exit 0
`;

describe('what a network tells its guests', () => {
  let lab: NetworkLab;
  let driver: NetworkDriver;

  beforeEach(async () => {
    lab = await NetworkLab.make();
    driver = lab.driver();
  });

  afterEach(async () => {
    await driver.close();
    await lab.close();
  });

  const makeNetwork = async (spec: Partial<NetworkSpec> = {}) => {
    const network = aNetwork({
      mtu: 1442,
      resolver: {
        mac: 'fa:16:3e:00:09:02',
        addresses: [{ address: '10.0.0.2', prefix: 24 }],
        domain: 'guests.test',
        records: [],
        servers: [],
      },
      ...spec,
    });
    await driver.ensureNetwork(network);
    return network;
  };

  const plug = async (network: NetworkSpec, spec: Partial<PortSpec> = {}) => {
    const filter = { allowedPairs: [], rules: [], stateful: true };
    const port = aPort(network.id, newUuid(), { filter, mtu: network.mtu, ...spec });
    const at = await driver.ensureSandbox(port.sandboxId);
    await driver.plugPort(port);
    return { at, port, ip: addressOf(port) };
  };

  describe('by DHCP', () => {
    const dhcp = [
      {
        cidr: '10.0.0.0/24',
        mode: 'stateful' as const,
        gateway: '10.0.0.1',
        dnsServers: [],
        routes: [{ destination: '169.254.169.254/32', nexthop: '10.0.0.2' }],
      },
    ];
    const asks = { hostname: 'guest-1', options: [] };

    const ask = async (at: string): Promise<string> => {
      const script = await lab.writeProgram('tell', TELL);
      const options = ['-O', 'mtu', '-O', 'staticroutes', '-O', 'hostname', '-O', 'bootfile'];
      const how = ['-n', '-q', '-f', '-t', '2', '-T', '1', '-s', script];
      const { stdout } = await lab.run(at, 'busybox', 'udhcpc', '-i', 'eth0', ...how, ...options);
      return stdout.trim();
    };

    it('is its address, name, MTU, resolver, routes and gateway', async () => {
      const network = await makeNetwork({ dhcp });
      const guest = await plug(network, { dhcp: asks });
      expect((await lab.run(guest.at, 'ip', '-o', '-4', 'addr', 'show', 'eth0')).stdout).toBe('');
      const told = await ask(guest.at);
      expect(told).toContain(`ip=${guest.ip} `);
      expect(told).toContain('router=10.0.0.1 dns=10.0.0.2 ');
      expect(told).toContain('169.254.169.254/32 10.0.0.2');
      expect(told).toContain('0.0.0.0/0 10.0.0.1');
      expect(told).toContain('host=guest-1 ');
      expect(told).toContain('mtu=1442 ');
      expect(told).toContain('lease=86400 ');
    });

    it('is for those that ask for it alone, each with options of its own, also while it runs', async () => {
      const network = await makeNetwork({ dhcp });
      const [first, silent] = [await plug(network, { dhcp: asks }), await plug(network)];
      expect(await ask(first.at)).toContain(`ip=${first.ip} `);
      expect(await ask(silent.at)).toBe('');
      const options = [{ ipVersion: 4 as const, name: 'bootfile-name', value: 'pxe.0' }];
      const second = await plug(network, { dhcp: { hostname: 'guest-2', options } });
      const told = await ask(second.at);
      expect(told).toContain('host=guest-2 ');
      expect(told).toContain('boot=pxe.0');
      expect(await ask(first.at)).not.toContain('pxe.0');
      await driver.unplugPort(second.port.id);
      await driver.plugPort({ ...second.port, dhcp: null });
      expect(await ask(second.at)).toBe('');
    });

    it('leaves a guest what it gave itself when its port changes', async () => {
      const network = await makeNetwork({ dhcp });
      const guest = await plug(network, { dhcp: asks });
      await lab.run(guest.at, 'ip', 'addr', 'add', `${guest.ip}/24`, 'dev', 'eth0');
      await driver.plugPort({ ...guest.port, filter: null });
      expect((await lab.run(guest.at, 'ip', '-o', 'addr', 'show', 'eth0')).stdout).toContain(guest.ip);
    });

    it('comes from nobody else', async () => {
      const network = await makeNetwork({ dhcp: [] });
      const [liar, guest] = [await plug(network), await plug(network, { dhcp: asks })];
      const rogue = ['--dhcp-range=10.0.0.100,10.0.0.120', '--port=0', '--conf-file=/dev/null'];
      lab.start(liar.at, 'dnsmasq', '-d', '--interface=eth0', '--leasefile-ro', ...rogue);
      expect(await ask(guest.at)).toBe('');
    });
  });

  describe('by the metadata service', () => {
    const requests: MetadataRequest[] = [];
    const serve = (by: NetworkDriver) =>
      by.metadata?.serve(async (request) => {
        requests.push(request);
        return { status: 200, contentType: 'text/plain', body: `you are ${request.source}` };
      });
    const route = [{ destination: '169.254.169.254/32', nexthop: '10.0.0.2' }];

    beforeEach(() => {
      requests.length = 0;
      serve(driver);
    });

    it('is who asks, by its address and network, over IPv4 and link-local IPv6', async () => {
      const [network, other] = [await makeNetwork({ metadata: true }), await makeNetwork({ metadata: true })];
      const same = { addresses: [{ address: '10.0.0.7', prefix: 24 }], routes: route };
      const [a, b] = [await plug(network, same), await plug(other, same)];
      const filter = { ...a.port.filter!, rules: [anyEgress(4), anyEgress(6)] };
      for (const { port } of [a, b]) await driver.plugPort({ ...port, filter });
      expect(await lab.fetch(a.at, '169.254.169.254', 80)).toBe('you are 10.0.0.7');
      expect(await lab.fetch(b.at, '169.254.169.254', 80)).toBe('you are 10.0.0.7');
      expect(requests.map(({ networkId }) => networkId)).toEqual([network.id, other.id]);
      expect(requests[0]).toMatchObject({ method: 'GET', path: '/' });
      const six = await plug(network, { filter });
      const { stdout } = await lab.run(
        six.at,
        'curl',
        '-s',
        '-m',
        '2',
        '-g',
        'http://[fe80::a9fe:a9fe%eth0]/x?y=1',
      );
      expect(stdout).toMatch(/^you are fe80::f816:3eff:/);
      expect(requests.at(-1)?.path).toBe('/x?y=1');
    });

    it('cannot be had with another address', async () => {
      const network = await makeNetwork({ metadata: true });
      const [liar, victim] = [await plug(network, { routes: route }), await plug(network)];
      await lab.run(liar.at, 'ip', 'addr', 'add', `${victim.ip}/32`, 'dev', 'eth0');
      const from = ['--interface', victim.ip, '-s', '-m', '1', 'http://169.254.169.254/'];
      expect((await lab.run(liar.at, 'curl', ...from)).code).not.toBe(0);
      expect(requests).toEqual([]);
    });

    it('goes with the network, comes back with the node, and leaves nothing', async () => {
      const network = await makeNetwork({ metadata: true });
      const open = { allowedPairs: [], rules: [anyEgress(4)], stateful: true };
      const guest = await plug(network, { routes: route, filter: open });
      await driver.close();
      driver = lab.driver();
      await driver.ensureNetwork(network);
      expect(
        (
          await lab.run(
            guest.at,
            'curl',
            '-s',
            '-m',
            '2',
            '-w',
            '%{http_code}',
            '-o',
            '/dev/null',
            'http://169.254.169.254/',
          )
        ).stdout,
      ).toBe('503');
      serve(driver);
      expect(await lab.fetch(guest.at, '169.254.169.254', 80)).toBe(`you are ${guest.ip}`);
      await driver.ensureNetwork({ ...network, metadata: false });
      expect(await lab.fetch(guest.at, '169.254.169.254', 80)).toBeUndefined();
      await driver.ensureNetwork(network);
      await driver.removeSandbox(guest.port.sandboxId);
      await driver.removeNetwork(network.id);
      expect(await lab.leftovers()).toEqual([]);
    });
  });
});

const anyEgress = (ipVersion: 4 | 6) => ({
  direction: 'egress' as const,
  ipVersion,
  protocol: null,
  portMin: null,
  portMax: null,
  remote: null,
});
