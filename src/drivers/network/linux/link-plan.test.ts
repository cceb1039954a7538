import { describe, expect, it } from 'vitest';
import { newLinkState, parseLinkState, planLink, type Link, type LinkState } from './link-plan.ts';

const link: Link = {
  network: 'hy-net-1',
  bridgeEnd: 'hyp1',
  namespace: 'hy-sandbox-1',
  device: 'eth0',
  label: 'port 1',
  mac: 'fa:16:3e:00:00:01',
  mtu: 1450,
  addresses: [
    { address: '10.0.0.5', prefix: 24 },
    { address: 'FD00::5', prefix: 64 },
  ],
  routes: [{ destination: '0.0.0.0/0', nexthop: '10.0.0.1' }],
  up: true,
};

const settled: LinkState = {
  label: 'port 1',
  mac: 'fa:16:3e:00:00:01',
  mtu: 1450,
  up: true,
  addresses: ['10.0.0.5/24', 'fd00::5/64', 'fe80::f816:3eff:fe00:1/64'],
  routes: ['0.0.0.0/0 via 10.0.0.1'],
};

describe('link plan', () => {
  it('gives a new link its name, addresses, life and routes, in that order', () => {
    expect(planLink(newLinkState(link), link)).toEqual([
      'link set dev eth0 alias "port 1" addrgenmode none',
      'addr add 10.0.0.5/24 dev eth0',
      'addr add fd00::5/64 dev eth0 nodad',
      'addr add fe80::f816:3eff:fe00:1/64 dev eth0 nodad',
      'link set dev eth0 up',
      'route replace 0.0.0.0/0 via 10.0.0.1 dev eth0 proto static onlink',
    ]);
  });

  it('does nothing to a link that is as it should be', () => {
    expect(planLink(settled, link)).toEqual([]);
  });

  it('announces a new address and says the routes again that a lost one took along', () => {
    const moved = { ...link, addresses: [{ address: '10.0.0.6', prefix: 24 }] };
    expect(planLink({ ...settled, addresses: ['10.0.0.5/24'] }, moved)).toEqual([
      'addr del 10.0.0.5/24 dev eth0',
      'addr add 10.0.0.6/24 dev eth0',
      'link set dev eth0 address fa:16:3e:00:00:01',
      'route replace 0.0.0.0/0 via 10.0.0.1 dev eth0 proto static onlink',
    ]);
  });

  it('changes the link-local address with the MAC', () => {
    const lines = planLink(settled, { ...link, mac: 'fa:16:3e:00:00:02' });
    expect(lines).toContain('addr del fe80::f816:3eff:fe00:1/64 dev eth0');
    expect(lines).toContain('addr add fe80::f816:3eff:fe00:2/64 dev eth0 nodad');
  });

  it('takes a route away before it puts another in its place', () => {
    const routes = [{ destination: '0.0.0.0/0', nexthop: '10.0.0.2' }];
    expect(planLink(settled, { ...link, routes })).toEqual([
      'route del 0.0.0.0/0 via 10.0.0.1 dev eth0 proto static',
      'route replace 0.0.0.0/0 via 10.0.0.2 dev eth0 proto static onlink',
    ]);
  });

  it('reads what ip(8) printed, and only our own routes of the device', () => {
    const device = {
      ifindex: 2,
      ifname: 'eth0',
      ifalias: 'port 1',
      flags: ['BROADCAST', 'UP'],
      mtu: 1450,
      address: 'fa:16:3e:00:00:01',
      addr_info: [{ local: '10.0.0.5', prefixlen: 24 }],
    };
    const routes = [
      { dst: 'default', gateway: '10.0.0.1', dev: 'eth0', protocol: 'static' },
      { dst: 'default', gateway: 'fd00::1', dev: 'eth0', protocol: 'static' },
      { dst: '10.0.0.0/24', dev: 'eth0', protocol: 'kernel' },
      { dst: '10.5.5.5', gateway: '10.0.0.9', dev: 'eth1', protocol: 'static' },
    ];
    expect(parseLinkState(device, routes)).toEqual({
      label: 'port 1',
      mac: 'fa:16:3e:00:00:01',
      mtu: 1450,
      up: true,
      addresses: ['10.0.0.5/24'],
      routes: ['0.0.0.0/0 via 10.0.0.1', '::/0 via fd00::1'],
    });
  });
});
