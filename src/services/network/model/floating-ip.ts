import type { CloudError } from '#kernel/errors.ts';
import { networkError } from './errors.ts';
import type { Standard } from './standard.ts';

export interface FloatingIp extends Standard {
  readonly floatingNetworkId: string;
  readonly floatingIpAddress: string;
  /** The port that holds the address on the external network. */
  readonly floatingPortId: string;
  readonly portId: string | null;
  readonly fixedIpAddress: string | null;
  readonly routerId: string | null;
  readonly dnsName: string;
  readonly dnsDomain: string;
  readonly qosPolicyId: string | null;
}

export const floatingIpNotFound = (id: string): CloudError =>
  networkError('not-found', 'FloatingIPNotFound', `Floating IP ${id} could not be found`);
