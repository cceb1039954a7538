import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { aNetwork, aPort, aRouter } from '#drivers/network/contract.ts';
import type { AdvertiseSpec, DhcpSubnetSpec, NetworkDriver, NetworkSpec } from '#drivers/network/driver.ts';
import { linkLocal } from '#drivers/network/addresses.ts';
import { newUuid } from '#kernel/ids.ts';
import { NetworkLab } from './network-lab.ts';

const CIDR = 'fd00:7::/64';
const TELL = `#!/bin/sh
echo "$reason ip=$new_ip6_address dns=$new_dhcp6_name_servers domain=$new_dhcp6_domain_search boot=$new_dhcp6_bootfile_url"
case $reason in BOUND6 | RENEW6) kill "$PPID" ;; esac
exit 0
`;

/** Ends when the script has heard enough and ends its client, or after a while in vain. */
const ASK = `#!/bin/sh
timeout 5 dhclient -6 -1 -d "$@" eth0
exit 0
`;

/** Needs dhclient and rdisc6: a guest's system as Debian has it. */
describe('IPv6 guests, with real packets', () => {
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

  const makeNetwork = async (mode: DhcpSubnetSpec['mode'] | null): Promise<NetworkSpec> => {
    const dhcp = mode === null ? [] : [{ cidr: CIDR, mode, gateway: null, dnsServers: [], routes: [] }];
    const network = aNetwork({
      mtu: 1442,
      dhcp,
      resolver: {
        mac: 'fa:16:3e:00:09:02',
        addresses: [{ address: 'fd00:7::2', prefix: 64 }],
        domain: 'guests.test',
        records: [],
        servers: [],
      },
    });
    await driver.ensureNetwork(network);
    return network;
  };

  /** A guest that has given itself no more than its link-local address, as every system does. */
  const plug = async (network: NetworkSpec, address: string, options: readonly string[] = []) => {
    const port = aPort(network.id, newUuid(), {
      addresses: [{ address, prefix: 64 }],
      filter: { allowedPairs: [], rules: [], stateful: true },
      dhcp: {
        hostname: null,
        options: options.map((value) => ({ ipVersion: 6, name: 'bootfile-url', value })),
      },
    });
    const at = await driver.ensureSandbox(port.sandboxId);
    await driver.plugPort(port);
    await lab.run(at, 'ip', 'addr', 'add', `${linkLocal(port.mac)}/64`, 'dev', 'eth0', 'nodad');
    return { at, port };
  };

  const ask = async (at: string, ...how: string[]): Promise<string> => {
    const script = await lab.writeProgram(`tell-${newUuid()}`, TELL);
    const files = ['-sf', script, '-lf', `${script}.leases`, '-pf', `${script}.pid`];
    const config = await lab.writeProgram(
      'tell6.conf',
      'also request dhcp6.name-servers, dhcp6.domain-search, dhcp6.bootfile-url;\n',
    );
    const client = await lab.writeProgram('ask6', ASK);
    const { stdout } = await lab.run(at, client, '-cf', config, ...files, ...how);
    return stdout.split('\n').findLast((line) => line.includes(' ip=') && !line.startsWith('PREINIT')) ?? '';
  };

  it('are given their addresses, resolver, domain and options by stateful DHCPv6, each its own', async () => {
    const network = await makeNetwork('stateful');
    const first = await plug(network, 'fd00:7::11', ['http://boot/a']);
    const second = await plug(network, 'fd00:7::12');
    expect(await ask(first.at)).toBe(
      'BOUND6 ip=fd00:7::11 dns=fd00:7::2 domain=guests.test. boot=http://boot/a',
    );
    expect(await ask(second.at)).toBe('BOUND6 ip=fd00:7::12 dns=fd00:7::2 domain=guests.test. boot=');
  });

  it('are told all but the address by stateless DHCPv6', async () => {
    const { at } = await plug(await makeNetwork('stateless'), 'fd00:7::11');
    expect(await ask(at, '-S')).toMatch(/^RENEW6 ip= dns=fd00:7::2 domain=guests.test. boot=$/);
  });

  it('get no lease where a subnet has no DHCP, nor from another guest', async () => {
    const network = await makeNetwork(null);
    const [liar, guest] = [await plug(network, 'fd00:7::11'), await plug(network, 'fd00:7::12')];
    await lab.run(liar.at, 'ip', 'addr', 'add', 'fd00:7::11/64', 'dev', 'eth0', 'nodad');
    const rogue = ['--dhcp-range=fd00:7::100,fd00:7::120,64', '--port=0', '--conf-file=/dev/null'];
    lab.start(liar.at, 'dnsmasq', '-d', '--interface=eth0', '--leasefile-ro', ...rogue);
    expect(await ask(guest.at)).toBe('');
  });

  /** What routers say there, as rdisc6 prints it; empty when none answers. */
  const heard = async (at: string): Promise<string> =>
    (await lab.run(at, 'rdisc6', '-1', '-r', '2', '-w', '1000', 'eth0')).stdout;

  const advertise = async (network: NetworkSpec, mode: AdvertiseSpec['mode']) => {
    const side = {
      portId: newUuid(),
      networkId: network.id,
      mac: 'fa:16:3e:ff:07:01',
      mtu: 1442,
      addresses: [{ address: 'fd00:7::1', prefix: 64 }],
      advertise: [{ cidr: CIDR, mode, dnsServers: ['fd00:7::2'] }],
    };
    await driver.ensureRouter(aRouter({ interfaces: [side] }));
  };

  it.each([
    { mode: 'slaac', dhcp: null, managed: 'No', other: 'No', autonomous: 'Yes' },
    { mode: 'stateless', dhcp: 'stateless', managed: 'No', other: 'Yes', autonomous: 'Yes' },
    { mode: 'stateful', dhcp: 'stateful', managed: 'Yes', other: 'Yes', autonomous: 'No' },
  ] as const)('hear from the router alone how to be $mode', async ({ mode, dhcp, ...flags }) => {
    const { managed, other, autonomous } = flags;
    const network = await makeNetwork(dhcp);
    const { at } = await plug(network, 'fd00:7::11');
    expect(await heard(at)).not.toContain('Router lifetime');
    await advertise(network, mode);
    const told = await heard(at);
    expect(told).toMatch(new RegExp(`Stateful address conf. *: +${managed}\\n`));
    expect(told).toMatch(new RegExp(`Stateful other conf. *: +${other}\\n`));
    expect(told).toMatch(new RegExp(`Autonomous address conf.: +${autonomous}\\n`));
    expect(told).toContain('Prefix                   : fd00:7::/64');
    expect(told).toMatch(/MTU *: +1442 /);
    expect(told).toContain('from fe80::f816:3eff:feff:701');
  });

  it('get their lease beside a router that advertises', async () => {
    const network = await makeNetwork('stateful');
    await advertise(network, 'stateful');
    const { at } = await plug(network, 'fd00:7::11');
    expect(await ask(at)).toContain('BOUND6 ip=fd00:7::11 dns=fd00:7::2 ');
  });
});
