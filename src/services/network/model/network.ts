import type { CloudError } from '#kernel/errors.ts';
import { networkError, refused } from './errors.ts';
import type { Standard } from './standard.ts';

export type NetworkType = 'vxlan' | 'vlan' | 'flat';

export interface Network extends Standard {
  readonly status: 'ACTIVE' | 'ERROR';
  readonly adminStateUp: boolean;
  /** Whether it leads out: routers may have their gateway there. */
  readonly external: boolean;
  readonly isDefault: boolean;
  readonly mtu: number;
  readonly portSecurityEnabled: boolean;
  readonly dnsDomain: string;
  readonly networkType: NetworkType;
  readonly physicalNetwork: string | null;
  readonly segmentationId: number | null;
  readonly qosPolicyId: string | null;
  readonly availabilityZoneHints: readonly string[];
  /** Of what nodes are told. */
  readonly generation: number;
}

/** The network behind the machine's own uplink: external networks that name no other are there. */
export const UPLINK = 'external';
export const isUplink = ({ physicalNetwork }: Pick<Network, 'physicalNetwork'>): boolean =>
  physicalNetwork === UPLINK;

/** Search domain of networks that have none. */
export const DEFAULT_DOMAIN = 'openstacklocal.';

export const PHYSICAL_MTU = 1500;
const VXLAN_OVERHEAD = 50;
export const mtuOf = (type: NetworkType): number =>
  type === 'vxlan' ? PHYSICAL_MTU - VXLAN_OVERHEAD : PHYSICAL_MTU;

export const networkNotFound = (id: string): CloudError =>
  networkError('not-found', 'NetworkNotFound', `Network ${id} could not be found.`);
export const networkInUse = (id: string): CloudError =>
  refused(
    'NetworkInUse',
    `Unable to complete operation on network ${id}. There are one or more ports still in use on the network.`,
  );
