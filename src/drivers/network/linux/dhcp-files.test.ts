import { describe, expect, it } from 'vitest';
import { aNetwork, aPort } from '../contract.ts';
import { dhcpArguments, portFiles, subnetOptions } from './dhcp-files.ts';

const network = aNetwork({
  dhcp: [
    { cidr: '10.0.0.0/22', mode: 'stateful', gateway: null, dnsServers: ['9.9.9.9'], routes: [] },
    { cidr: 'fd00::/64', mode: 'stateful', gateway: null, dnsServers: ['fd00::9'], routes: [] },
    { cidr: 'fd01::/64', mode: 'stateless', gateway: null, dnsServers: [], routes: [] },
  ],
});

describe('what dnsmasq is told of DHCP', () => {
  it('are ranges of which nobody gets an address by chance, and no advertisements', () => {
    const files = { pidFile: '/run/p', hosts: '/run/h', options: '/run/o' };
    const ranges = dhcpArguments(network, files).filter((argument) => argument.startsWith('--dhcp-range'));
    expect(ranges).toEqual([
      '--dhcp-range=set:s0,10.0.0.0,static,255.255.252.0,86400',
      '--dhcp-range=set:s1,fd00::,static,64,86400',
      '--dhcp-range=set:s2,fd01::,static,64,86400',
    ]);
  });

  it('are no router where there is none, and name servers by IP version', () => {
    expect(subnetOptions(network).trim().split('\n')).toEqual([
      'tag:s0,option:mtu,1450',
      'tag:s0,option:router',
      'tag:s0,option:dns-server,9.9.9.9',
      'tag:s1,option6:dns-server,[fd00::9]',
    ]);
  });

  it('are a port’s addresses by its MAC, and options by name or number', () => {
    const port = aPort('net', 'sandbox', {
      id: 'p1',
      mac: 'FA:16:3E:00:00:01',
      addresses: [
        { address: '10.0.0.5', prefix: 22 },
        { address: 'fd00::5', prefix: 64 },
      ],
    });
    const options = [
      { ipVersion: 4, name: 'tftp-server', value: '10.0.0.9' },
      { ipVersion: 4, name: '150', value: '10.0.0.9' },
      { ipVersion: 6, name: 'ntp-server', value: '[fd00::9]' },
    ] as const;
    expect(portFiles(port, { hostname: 'web', options })).toEqual({
      hosts: 'fa:16:3e:00:00:01,set:pp1,10.0.0.5,[fd00::5],web\n',
      options:
        'tag:pp1,option:tftp-server,10.0.0.9\ntag:pp1,150,10.0.0.9\ntag:pp1,option6:ntp-server,[fd00::9]\n',
    });
  });
});
