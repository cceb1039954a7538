import { describe, expect, it } from 'vitest';
import type { JsonMap } from '../../template/json.ts';
import { readProperties } from '../property.ts';
import { logText } from './logs.ts';
import { CONTAINER_PROPERTIES } from './properties.ts';
import { asksForVersion, assertSupported, creationOf } from './request.ts';

const read = (values: JsonMap) =>
  readProperties(CONTAINER_PROPERTIES, values, { path: 'properties', now: new Date(0) });
const creation = (values: JsonMap) => creationOf(read({ image: 'apache', ...values }), 'web');

describe('what Docker is asked for', () => {
  it.each<[JsonMap, object]>([
    [{}, { name: 'web', Image: 'apache', Hostname: '', User: '', Tty: false, OpenStdin: false, Volumes: {} }],
    [
      { hostname: 'h', user: '7', tty: true },
      { Hostname: 'h', User: '7', Tty: true },
    ],
    [
      { open_stdin: true, stdin_once: true },
      { OpenStdin: true, StdinOnce: true },
    ],
    [{ cmd: ['sleep', 5] }, { Cmd: ['sleep', '5'] }],
    [{ env: ['A=b'] }, { Env: ['A=b'] }],
    [
      { port_specs: [80, '53/udp', '8080:81'] },
      { ExposedPorts: { '80/tcp': {}, '53/udp': {}, '81/tcp': {} } },
    ],
    [{ volumes: { '/data': {} } }, { Volumes: { '/data': {} } }],
    [{ volumes: { '/srv': { bind: '/data', ro: true } } }, { Volumes: { '/data': {} } }],
  ])('of %j is %j', (values, made) => {
    expect(creation(values)).toMatchObject(made);
  });

  it.each<[JsonMap, object]>([
    [{ memory: 4_194_304 }, { Memory: 4_194_304 }],
    [
      { cpu_shares: 512, cpu_set: '0-1,3' },
      { CpuShares: 512, CpusetCpus: '0-1,3' },
    ],
    [{ dns: ['9.9.9.9'] }, { Dns: ['9.9.9.9'] }],
    [{ privileged: true }, { Privileged: true }],
    [{ read_only: true }, { ReadonlyRootfs: true }],
    [{ volumes: { '/srv': { bind: '/data', ro: true } } }, { Binds: ['/srv:/data:ro'] }],
    [{ volumes: { '/srv': '/data' } }, { Binds: ['/srv:/data:rw'] }],
    [{ volumes_from: ['db'] }, { VolumesFrom: ['db'] }],
    [{ links: { db: 'mysql' } }, { Links: ['db:mysql'] }],
    [
      { cap_add: ['NET_ADMIN'], cap_drop: ['ALL'] },
      { CapAdd: ['NET_ADMIN'], CapDrop: ['ALL'] },
    ],
    [{ restart_policy: { Name: 'no' } }, { RestartPolicy: { Name: 'no' } }],
    [{ restart_policy: { Name: 'always', MaximumRetryCount: 5 } }, { RestartPolicy: { Name: 'always' } }],
    [
      { restart_policy: { Name: 'on-failure', MaximumRetryCount: 10 } },
      { RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 10 } },
    ],
    [{ port_bindings: { '80': '8080' } }, { PortBindings: { '80/tcp': [{ HostIp: '', HostPort: '8080' }] } }],
    [
      { port_bindings: { '53/udp': [5353, '127.0.0.1:53'] } },
      {
        PortBindings: {
          '53/udp': [
            { HostIp: '', HostPort: '5353' },
            { HostIp: '127.0.0.1', HostPort: '53' },
          ],
        },
      },
    ],
    [
      { port_bindings: { '80': ['127.0.0.1', 80] } },
      { PortBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '80' }] } },
    ],
    [
      { devices: [{ path_on_host: '/dev/sda', permissions: 'r' }] },
      { Devices: [{ PathOnHost: '/dev/sda', PathInContainer: '/dev/sda', CgroupPermissions: 'r' }] },
    ],
    [
      { devices: [{ path_on_host: '/dev/sda', path_in_container: '/dev/xvdc' }] },
      { Devices: [{ PathOnHost: '/dev/sda', PathInContainer: '/dev/xvdc', CgroupPermissions: 'rwm' }] },
    ],
  ])('of the host for %j is %j', (values, made) => {
    expect(creation(values).HostConfig).toMatchObject(made);
  });

  it('names no devices beside all privileges', () => {
    const { HostConfig } = creation({ privileged: true, devices: [{ path_on_host: '/dev/sda' }] });
    expect(HostConfig).not.toHaveProperty('Devices');
  });
});

it.each<[JsonMap, string]>([
  [{ cap_add: ['EVERYTHING'] }, 'cap_add'],
  [{ restart_policy: { Name: 'sometimes' } }, 'restart_policy'],
  [{ devices: [{}] }, 'path_on_host'],
  [{ devices: [{ path_on_host: '/etc/shadow' }] }, 'path_on_host'],
  [{ devices: [{ path_on_host: '/dev/a', permissions: 'x' }] }, 'permissions'],
  [{ memory: 'much' }, 'memory'],
])('refuses %j', (values, place) => {
  expect(() => read(values)).toThrow(place);
});

it('refuses ports that are none', () => {
  expect(() => creation({ port_specs: ['http'] })).toThrow('Invalid port "http".');
});

describe('versions', () => {
  it.each<[JsonMap, string, string]>([
    [{ read_only: true }, '1.16', '"read_only" is not supported for API version < "1.17"'],
    [{ cpu_shares: 512 }, '1.7', '"cpu_shares" is not supported for API version < "1.8"'],
    [
      { devices: [{ path_on_host: '/dev/sda' }] },
      '1.13',
      '"devices" is not supported for API version < "1.14"',
    ],
    [{ cpu_set: '0' }, '1.11', '"cpu_set" is not supported for API version < "1.12"'],
  ])('%j is too much for %s', (values, version, message) => {
    expect(asksForVersion(read(values))).toBe(true);
    expect(() => assertSupported(read(values), version)).toThrow(message);
    expect(() => assertSupported(read(values), '1.41')).not.toThrow();
  });

  it('are not asked for where nothing depends on them', () => {
    expect(asksForVersion(read({}))).toBe(false);
  });
});

it('takes the text out of the frames of a log', () => {
  const frame = (text: string) =>
    Buffer.concat([Buffer.from([1, 0, 0, 0, 0, 0, 0, text.length]), Buffer.from(text)]);
  expect(logText(Buffer.concat([frame('one\n'), frame('two')]), false)).toBe('one\ntwo');
  expect(logText(Buffer.from('plain'), true)).toBe('plain');
  expect(logText(frame('').subarray(0, 3), false)).toBe('');
});
