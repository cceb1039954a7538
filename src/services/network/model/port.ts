import { randomBytes } from 'node:crypto';
import type { CloudError } from '#kernel/errors.ts';
import { isOfService } from './device-owner.ts';
import { networkError, refused } from './errors.ts';
import type { Standard } from './standard.ts';

export interface FixedIp {
  readonly subnetId: string;
  readonly address: string;
}

export interface AddressPair {
  readonly ipAddress: string;
  /** '' = the port's own. */
  readonly macAddress: string;
}

export interface DhcpOption {
  readonly opt_name: string;
  readonly opt_value: string | null;
  readonly ip_version?: number;
}

/** A port's own row. */
export interface PortRecord extends Standard {
  readonly networkId: string;
  readonly macAddress: string;
  readonly status: 'ACTIVE' | 'BUILD' | 'DOWN' | 'ERROR';
  readonly adminStateUp: boolean;
  readonly deviceId: string;
  readonly deviceOwner: string;
  /** Host it is bound to; '' = unbound. */
  readonly host: string;
  /** Name of the interface inside the device, and whether default routes go through it. */
  readonly device: string;
  readonly primary: boolean;
  /** Whether it was made by the user and outlives its device. */
  readonly preserved: boolean;
  readonly portSecurityEnabled: boolean;
  readonly allowedAddressPairs: readonly AddressPair[];
  readonly extraDhcpOpts: readonly DhcpOption[];
  readonly vnicType: string;
  readonly profile: Readonly<Record<string, unknown>>;
  readonly dnsName: string;
  /** Its own; null = its network's. */
  readonly qosPolicyId: string | null;
  readonly generation: number;
}

/** A port with its addresses and groups. */
export interface Port extends PortRecord {
  readonly fixedIps: readonly FixedIp[];
  readonly securityGroups: readonly string[];
}

/** Whether it belongs to the network itself and not to a workload. */
export const isInfrastructure = (port: PortRecord): boolean => port.deviceOwner.startsWith('network:');

/** Bound by Kuryr, through the API: the node lays the cable, and whoever asked for it takes its far end. */
export const isHandedOver = ({ deviceOwner, device }: PortRecord): boolean =>
  deviceOwner === 'compute:kuryr' && device === '';

/** What the far end is called on the machine: the name that Kuryr tells Docker. */
export const handoverDevice = ({ id }: PortRecord): string => `t_c${id.slice(0, 11)}`;

export const portNotFound = (id: string): CloudError =>
  networkError('not-found', 'PortNotFound', `Port ${id} could not be found.`);
export const portInUse = (port: PortRecord): CloudError =>
  refused(
    'PortInUse',
    `Unable to complete operation on port ${port.id} for network ${port.networkId}. Port already has an attached device ${port.deviceId}.`,
  );

/** A random address of the range that OpenStack's ports have. */
export const randomMac = (): string =>
  ['fa', '16', '3e', ...[...randomBytes(3)].map((byte) => byte.toString(16).padStart(2, '0'))].join(':');

export function assertNotServicePort(port: PortRecord): void {
  if (isOfService(port.deviceOwner))
    throw refused(
      'ServicePortInUse',
      `Port ${port.id} cannot be deleted directly via the port API: has device owner ${port.deviceOwner}.`,
    );
}

/** Without port security there is no filter, so nothing may be asked of it. */
export function assertSecurity(port: Port): void {
  if (port.portSecurityEnabled) return;
  if (port.securityGroups.length > 0)
    throw refused(
      'PortSecurityPortHasSecurityGroup',
      'Port has security group associated. Cannot disable port security or IP address until security group is removed.',
    );
  if (port.allowedAddressPairs.length > 0)
    throw refused(
      'AddressPairAndPortSecurityRequired',
      'Port Security must be enabled in order to have allowed address pairs on a port.',
    );
}
