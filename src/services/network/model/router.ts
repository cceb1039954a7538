import type { CloudError } from '#kernel/errors.ts';
import { networkError, refused } from './errors.ts';
import type { Standard } from './standard.ts';
import type { HostRoute } from './subnet.ts';

export interface Router extends Standard {
  readonly status: 'ACTIVE' | 'ERROR';
  readonly adminStateUp: boolean;
  readonly gatewayNetworkId: string | null;
  readonly gatewayPortId: string | null;
  readonly enableSnat: boolean;
  readonly routes: readonly HostRoute[];
  readonly availabilityZoneHints: readonly string[];
  /** Host it runs on; '' = none was up yet. */
  readonly host: string;
  readonly generation: number;
}

export const routerNotFound = (id: string): CloudError =>
  networkError('not-found', 'RouterNotFound', `Router ${id} could not be found`);
export const routerInUse = (id: string): CloudError =>
  refused('RouterInUse', `Router ${id} in use: it still has ports.`);
