import type { InstanceMetadata } from '../port.ts';

/** What is known of who asks: what its owner says, and its addresses. */
export interface Guest {
  readonly instance: InstanceMetadata;
  readonly links: readonly GuestLink[];
}

/** A port of the instance. */
export interface GuestLink {
  readonly portId: string;
  readonly mac: string;
  readonly mtu: number;
  readonly networkId: string;
  readonly addresses: readonly {
    readonly address: string;
    readonly prefix: number;
    readonly gateway: string | null;
  }[];
  readonly nameServers: readonly string[];
}

const OPENSTACK_VERSIONS = [
  '2012-08-10',
  '2013-04-04',
  '2013-10-17',
  '2015-10-15',
  '2016-06-30',
  '2016-10-06',
  '2017-02-22',
  '2018-08-27',
  '2020-10-14',
  'latest',
];
const EC2_VERSIONS = ['2007-01-19', '2008-02-01', '2009-04-04', 'latest'];

/**
 * Nova's metadata tree and, beside it, EC2's. Pure.
 * @param path without a query. @returns the text there, a list of what is below a directory, or undefined.
 */
export function readMetadata(guest: Guest, path: string): string | undefined {
  const steps = path.split('/').filter(Boolean);
  if (steps.length === 0) return [...EC2_VERSIONS, 'openstack'].join('\n');
  const [first = '', second] = steps;
  if (first !== 'openstack') return EC2_VERSIONS.includes(first) ? readEc2(guest, steps.slice(1)) : undefined;
  if (second === undefined) return OPENSTACK_VERSIONS.join('\n');
  if (!OPENSTACK_VERSIONS.includes(second)) return undefined;
  return walk(openstackFiles(guest), steps.slice(2));
}

type Tree = { readonly [name: string]: string | null | Tree };

function walk(tree: Tree, steps: readonly string[]): string | undefined {
  const [step, ...rest] = steps;
  if (step === undefined)
    return Object.entries(tree)
      .filter(([, value]) => value !== null)
      .map(([name, value]) => (typeof value === 'string' ? name : `${name}/`))
      .join('\n');
  const value = Object.hasOwn(tree, step) ? tree[step] : undefined;
  if (typeof value === 'string') return rest.length === 0 ? value : undefined;
  return value ? walk(value, rest) : undefined;
}

function openstackFiles(guest: Guest): Tree {
  const { userData } = guest.instance;
  return {
    'meta_data.json': JSON.stringify(metaData(guest.instance)),
    'network_data.json': JSON.stringify(networkData(guest.links)),
    user_data: userData,
    password: '',
    'vendor_data.json': '{}',
    'vendor_data2.json': '{}',
  };
}

const metaData = (instance: InstanceMetadata) => ({
  uuid: instance.id,
  name: instance.name,
  hostname: instance.hostname,
  project_id: instance.projectId,
  availability_zone: instance.availabilityZone,
  launch_index: 0,
  devices: [],
  meta: instance.meta,
  ...(instance.keys.length === 0
    ? {}
    : {
        public_keys: Object.fromEntries(instance.keys.map(({ name, data }) => [name, data])),
        keys: instance.keys.map(({ name, data }) => ({ name, type: 'ssh', data })),
      }),
});

const networkData = (links: readonly GuestLink[]) => ({
  links: links.map(({ portId, mac, mtu }) => ({
    id: `tap${portId.slice(0, 11)}`,
    vif_id: portId,
    type: 'ovs',
    mtu,
    ethernet_mac_address: mac,
  })),
  networks: links.flatMap((link) =>
    link.addresses.map(({ address, prefix, gateway }, index) => ({
      id: `network${index}`,
      type: address.includes(':') ? 'ipv6' : 'ipv4',
      link: `tap${link.portId.slice(0, 11)}`,
      ip_address: address,
      netmask: prefix,
      network_id: link.networkId,
      routes: gateway === null ? [] : [defaultRoute(gateway)],
    })),
  ),
  services: [...new Set(links.flatMap(({ nameServers }) => nameServers))].map((address) => ({
    type: 'dns',
    address,
  })),
});

const defaultRoute = (gateway: string) =>
  gateway.includes(':')
    ? { network: '::', netmask: '::', gateway }
    : { network: '0.0.0.0', netmask: '0.0.0.0', gateway };

function readEc2({ instance, links }: Guest, steps: readonly string[]): string | undefined {
  const four = links.flatMap(({ addresses }) => addresses).find(({ address }) => !address.includes(':'));
  if (steps.join('/') === 'meta-data/public-keys')
    return instance.keys.map(({ name }, index) => `${index}=${name}`).join('\n');
  const keys = instance.keys.map(({ data }, index): [string, Tree] => [`${index}`, { 'openssh-key': data }]);
  return walk(
    {
      'user-data': instance.userData,
      'meta-data': {
        'ami-launch-index': '0',
        hostname: instance.hostname,
        'instance-id': instance.id,
        'local-hostname': instance.hostname,
        'local-ipv4': four?.address ?? '',
        mac: links[0]?.mac ?? '',
        placement: { 'availability-zone': instance.availabilityZone },
        'public-keys': keys.length === 0 ? null : Object.fromEntries(keys),
        'public-hostname': instance.hostname,
        'reservation-id': instance.id,
      },
    },
    steps,
  );
}
