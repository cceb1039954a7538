import { describe, expect, it } from 'vitest';
import { hostPaths } from './paths.ts';
import {
  ownInterfaces,
  ownLoopDevices,
  ownMounts,
  ownNamespaces,
  ownProcesses,
  ownTables,
} from './traces.ts';

const paths = hostPaths();
const ID = '6a1f0b52-9c0d-4e55-8f43-0c2ddc5b6a11';

describe('ownProcesses', () => {
  const ours = [
    ['/usr/bin/node', '/opt/hydria/src/main.ts', 'control', '--config', '/etc/hydria/config.yaml'],
    ['/bin/sh', '/opt/h/src/deploy/host/supervise.sh', 'node', '/run/hydria', '/var/log/hydria', 'node'],
    ['/bin/sh', '/opt/h/src/deploy/host/supervise.sh', '--rotate', '7', '/var/log/hydria/node.log'],
    ['/usr/bin/conmon', '--cid', ID, '--bundle', `/var/lib/hydria/node/crun/${ID}`],
    ['dnsmasq', '--pid-file=/run/hydria/net/x.pid'],
  ];
  const others = [
    ['vim', '/etc/hydria/config.yaml'],
    ['/usr/bin/conmon', '--bundle', '/var/lib/containers/x'],
    ['dnsmasq', '--conf-file=/etc/dnsmasq.conf'],
    ['/usr/bin/node', '/home/dev/src/main.ts', 'control', '--config', '/tmp/mine.yaml'],
    ['/usr/bin/node', '/home/dev/src/main.ts', 'down', '--purge'],
    ['dnsmasq', '--pid-file=/run/hydria-other/x.pid'],
    ['sh', 'supervise.sh', 'node', '/run/other', '/var/log/other'],
  ];

  it.each(ours)('takes %s %s', (...args) => {
    expect(ownProcesses([{ pid: 1, args }], paths)).toHaveLength(1);
  });

  it.each(others)('leaves %s %s', (...args) => {
    expect(ownProcesses([{ pid: 1, args }], paths)).toEqual([]);
  });
});

describe('ownMounts', () => {
  const line = (point: string) => `40 30 0:35 / ${point} rw,relatime - overlay overlay rw`;

  it('finds mounts in our directories, the innermost first, and no others', () => {
    const points = [
      '/',
      '/var/lib/hydria',
      String.raw`/var/lib/hydria/a\040b`,
      '/var/lib/hydria2',
      '/run/hydriax/y',
    ];
    expect(ownMounts(points.map(line).join('\n'), paths)).toEqual(['/var/lib/hydria/a b', '/var/lib/hydria']);
  });
});

describe('ownInterfaces', () => {
  it('wants our prefix and an id in the alias', () => {
    const links = [
      { ifname: 'hyb6a1f0b52', ifalias: ID },
      { ifname: 'hyu123', ifalias: `uplink ${ID}` },
      { ifname: 'hyper0' },
      { ifname: 'hyper1', ifalias: 'uplink to the office' },
      { ifname: 'eth0', ifalias: ID },
    ];
    expect(ownInterfaces(JSON.stringify(links))).toEqual(['hyb6a1f0b52', 'hyu123']);
  });

  it('finds none where the tool is absent', () => {
    expect(ownInterfaces('')).toEqual([]);
  });
});

describe('ownNamespaces', () => {
  it('wants our prefix and an id', () => {
    expect(ownNamespaces([`hy-net-${ID}`, 'hy-test', 'hyperion', 'blue', ID])).toEqual([`hy-net-${ID}`]);
  });
});

describe('ownTables', () => {
  it('takes our tables of every family and leaves all others', () => {
    const tables = ['hydria', `hy-${ID}`, 'filter', 'hydra', 'hyphen', 'hy-phen'];
    const nftables = [{ metainfo: {} }, ...tables.map((name) => ({ table: { family: 'inet', name } }))];
    expect(ownTables(JSON.stringify({ nftables }))).toEqual(['inet hydria', `inet hy-${ID}`]);
  });

  it('finds none where the tool is absent', () => {
    expect(ownTables('')).toEqual([]);
  });
});

it('finds loop devices by the files behind them', () => {
  const json = JSON.stringify({
    loopdevices: [
      { name: '/dev/loop0', 'back-file': `${paths.data}/node/volumes/volumes/a.raw` },
      { name: '/dev/loop1', 'back-file': `${paths.data}-of-others/a.raw` },
    ],
  });
  expect(ownLoopDevices(json, paths)).toEqual(['/dev/loop0']);
  expect(ownLoopDevices('', paths)).toEqual([]);
});
