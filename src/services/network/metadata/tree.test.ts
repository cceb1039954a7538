import { describe, expect, it } from 'vitest';
import { readMetadata, type Guest } from './tree.ts';

const guest: Guest = {
  instance: {
    id: 'i-1',
    name: 'web',
    hostname: 'web.test',
    projectId: 'p-1',
    availabilityZone: 'nova',
    userData: '#!/bin/sh\n',
    keys: [{ name: 'mine', data: 'ssh-ed25519 AAAA' }],
    meta: { role: 'front' },
  },
  links: [
    {
      portId: '6d5ac1d8-1111-4222-8333-444455556666',
      mac: 'fa:16:3e:00:00:05',
      mtu: 1450,
      networkId: 'net',
      addresses: [{ address: '10.0.0.5', prefix: 24, gateway: '10.0.0.1' }],
      nameServers: ['10.0.0.2'],
    },
  ],
};
const read = (path: string) => readMetadata(guest, path);

describe('the metadata tree', () => {
  it('lists its versions and what is in each', () => {
    expect(read('/')).toContain('latest\nopenstack');
    expect(read('/openstack')).toContain('2018-08-27');
    expect(read('/openstack/latest/')).toContain('meta_data.json\nnetwork_data.json\nuser_data');
    expect(read('/latest/meta-data/')).toContain('instance-id\n');
  });

  it('tells who the instance is in Nova’s form', () => {
    expect(JSON.parse(read('/openstack/latest/meta_data.json') ?? '')).toMatchObject({
      uuid: 'i-1',
      name: 'web',
      project_id: 'p-1',
      availability_zone: 'nova',
      public_keys: { mine: 'ssh-ed25519 AAAA' },
      meta: { role: 'front' },
    });
    expect(JSON.parse(read('/openstack/2018-08-27/network_data.json') ?? '')).toMatchObject({
      links: [{ ethernet_mac_address: 'fa:16:3e:00:00:05', mtu: 1450 }],
      networks: [{ type: 'ipv4', ip_address: '10.0.0.5', routes: [{ gateway: '10.0.0.1' }] }],
      services: [{ type: 'dns', address: '10.0.0.2' }],
    });
    expect(read('/openstack/latest/user_data')).toBe('#!/bin/sh\n');
  });

  it('tells the same in EC2’s form', () => {
    expect(read('/latest/meta-data/instance-id')).toBe('i-1');
    expect(read('/2009-04-04/meta-data/local-ipv4')).toBe('10.0.0.5');
    expect(read('/latest/meta-data/placement/availability-zone')).toBe('nova');
    expect(read('/latest/meta-data/public-keys')).toBe('0=mine');
    expect(read('/latest/meta-data/public-keys/0/openssh-key')).toBe('ssh-ed25519 AAAA');
    expect(read('/latest/user-data')).toBe('#!/bin/sh\n');
  });

  it.each([
    '/openstack/1999/meta_data.json',
    '/openstack/latest/none',
    '/latest/meta-data/instance-id/more',
    '/latest/meta-data/constructor',
    '/1.0/meta-data',
  ])('has nothing at %s', (path) => {
    expect(read(path)).toBeUndefined();
  });

  it('has no user data, and no keys, where none were given', () => {
    const bare = { ...guest, instance: { ...guest.instance, userData: null, keys: [] } };
    expect(readMetadata(bare, '/openstack/latest/user_data')).toBeUndefined();
    expect(readMetadata(bare, '/latest/meta-data/')).not.toContain('public-keys');
  });
});
