import { describe, expect, it } from 'vitest';
import { networkRecords } from './network.ts';
import { processTable, readProcesses } from './top.ts';

describe('the processes of a machine', () => {
  const stat = (comm: string, ppid: number) =>
    `40 (${comm}) S ${ppid} 40 40 0 -1 0 0 0 0 0 150 50 0 0 20 0 3 0 1000 4096000 100 0`;
  const told = (pid: number, inner: number, stats: string, command: string) =>
    [
      'process',
      Buffer.from(
        `Name:\tsh\nPid:\t${pid}\nUid:\t0\t0\t0\t0\nNSpid:\t${pid}\t${inner}\n\0${stats}\0${command}`,
      ),
    ] as const;
  const processes = readProcesses([
    ['uptime', Buffer.from('110.00 5.00\n')],
    told(41, 7, stat('a) b (c', 40), 'sleep\x0050\0'),
    told(40, 1, stat('sh', 1), 'sh\0-c\0run it\0'),
  ]);
  const NOW = new Date('2026-01-01T12:00:00Z');

  it('have the numbers that the workload sees, in their order, as ps would tell them', () => {
    const { titles, processes: rows } = processTable(processes, null, NOW);
    expect(titles).toEqual(['USER', 'PID', 'PPID', 'C', 'STIME', 'TT', 'TIME', 'CMD']);
    expect(rows).toEqual([
      ['root', '1', '0', '2', '11:58', '?', '00:00:02', 'sh -c run it'],
      ['root', '7', '1', '2', '11:58', '?', '00:00:02', 'sleep 50'],
    ]);
  });

  it.each([
    ['aux', ['USER', 'PID', '%CPU', 'VSZ', 'RSS', 'TT', 'STAT', 'STARTED', 'TIME', 'COMMAND']],
    ['-eo pid,args', ['PID', 'COMMAND']],
    ['-o pid,%cpu,rss', ['PID', '%CPU', 'RSS']],
    ['-A', ['PID', 'TT', 'TIME', 'CMD']],
  ])('are told by the columns of ps %s', (args, titles) =>
    expect(processTable(processes, args, NOW).titles).toEqual(titles),
  );

  it.each([
    ['-eo nothing', /unknown user-defined format specifier "nothing"/],
    ['-eo args', /Couldn't find PID field/],
    ['--sort=-rss', /unsupported option/],
    ['-o', /must follow -o/],
  ])('refuse ps %s in its words', (args, words) =>
    expect(() => processTable(processes, args, NOW)).toThrow(words),
  );
});

describe('the network that a machine takes over', () => {
  it('has addresses, and routes of which those on the link come first, without what the kernel makes by itself', () => {
    const link = {
      ifname: 'port-a',
      address: 'fa:16:3e:00:00:01',
      mtu: 1450,
      flags: ['UP'],
      addr_info: [
        { local: '10.0.0.2', prefixlen: 24, scope: 'global' },
        { local: 'fe80::1', prefixlen: 64, scope: 'link' },
        { local: 'fd00::2', prefixlen: 64, scope: 'global' },
      ],
    };
    const routes = [
      { dst: 'default', gateway: '10.0.0.1', dev: 'port-a', protocol: 'static' },
      { dst: '10.0.0.0/24', dev: 'port-a', protocol: 'kernel' },
      { dst: '192.0.2.0/24', dev: 'port-a', protocol: 'static' },
      { dst: 'fe80::/64', dev: 'port-a' },
      { dst: 'default', gateway: '10.9.0.1', dev: 'other', protocol: 'static' },
    ];
    expect(networkRecords([link], routes)).toEqual([
      ['link', 'eth0;fa:16:3e:00:00:01;1450'],
      ['address', 'eth0;10.0.0.2/24'],
      ['address', 'eth0;fd00::2/64'],
      ['route', 'eth0;192.0.2.0/24;'],
      ['route', 'eth0;default;10.0.0.1'],
    ]);
  });
});
