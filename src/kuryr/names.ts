import { createHash } from 'node:crypto';

/**
 * How Kuryr's objects are known in Neutron: all its state is in these names and tags, so that it can be restarted, or
 * replaced by kuryr-libnetwork, at any time.
 */

export const UNBOUND_PORT = 'kuryr-unbound-port';
/** Owner of ports that Kuryr binds, and the tag of those that it made. */
export const DEVICE_OWNER = 'compute:kuryr';
export const EXISTING_PORT = 'kuryr.port.existing';
export const EXISTING_POOL = 'kuryr.subnetpool.existing';
/** The operator's pools for networks without a subnet of their own. */
export const DEFAULT_POOLS = { 4: 'kuryr', 6: 'kuryr6' } as const;
const SUBNET_PREFIX = 'kuryr-subnet-';

/** Tags of the Neutron network of a Docker network, or of the port of an endpoint. */
export const idTags = (dockerId: string): readonly string[] => [
  `kuryr.net.uuid.lh:${dockerId.slice(0, 32)}`,
  ...(dockerId.length > 32 ? [`kuryr.net.uuid.uh:${dockerId.slice(32, 64)}`] : []),
];

const EXISTING_NETWORK = 'kuryr.net.existing:';
/** Of a network that was there before, for one Docker network. */
export const existingTag = (dockerId: string): string => `${EXISTING_NETWORK}${dockerId.slice(0, 12)}`;
export const isExistingTag = (tag: string): boolean => tag.startsWith(EXISTING_NETWORK);

export const networkName = (dockerId: string): string => `kuryr-net-${dockerId.slice(0, 8)}`;
export const subnetName = (cidr: string): string => `${SUBNET_PREFIX}${cidr}`;
export const isOwnSubnet = ({ name }: { readonly name: string }): boolean => name.startsWith(SUBNET_PREFIX);
export const poolName = (cidr: string): string => `kuryrPool-${cidr}`;
export const endpointPortName = (endpointId: string): string => `${endpointId}-port`;
export const exposedGroupName = (portId: string): string => `${portId}-exposed_ports`;

/** The two ends of a port's cable, 14 characters each: on the switch, and for the container. */
export const hostDevice = (portId: string): string => `tap${portId.slice(0, 11)}`;
export const containerDevice = (portId: string): string => `t_c${portId.slice(0, 11)}`;

/** The device id of a pod's interface: a pod may have several. */
export const podDevice = (containerId: string, ifname: string): string =>
  createHash('sha256').update(`${containerId}/${ifname}`).digest('hex');
