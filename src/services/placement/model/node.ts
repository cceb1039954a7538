import { conflict, notFound, unavailable, type CloudError } from '#kernel/errors.ts';
import type { NodeInfo } from '../port.ts';
import type { NodeRow } from '../tables.ts';

/** A node as placement keeps it. */
export interface StoredNode extends NodeInfo {
  /** See `NodeRow.generation`. */
  readonly generation: number;
}

/** As long as OpenStack's services take a silent one to be up (Nova's and Cinder's `service_down_time`). */
const AWAY_MS = 60_000;

/** A node that restarts is not lost: what is asked for meanwhile waits for it. */
export function stateAt(seen: Pick<NodeRow, 'state' | 'last_seen'>, now: Date): NodeInfo['state'] {
  if (seen.state === 'up') return 'up';
  return now.getTime() - Date.parse(seen.last_seen) < AWAY_MS ? 'away' : 'down';
}

export const DEFAULT_ZONE = 'nova';
const ZONE_LABEL = 'availability_zone';

export const zoneOf = ({ labels }: Pick<NodeInfo, 'labels'>): string => labels[ZONE_LABEL] ?? DEFAULT_ZONE;

export const nodeNotFound = (id: string): CloudError =>
  notFound(`No resource provider with uuid ${id} found.`, { code: 'placement.resource_provider.not_found' });

export const nodeAway = (host: string): CloudError => unavailable(`The node ${host} is not connected.`);

export const hostnameTaken = (hostname: string): CloudError =>
  conflict(`Another node that is connected has the name ${hostname}.`);

/** @param detail says for operators which filter took out whom. */
export const noHost = (detail: string): CloudError =>
  unavailable('There are not enough hosts available.', { code: 'no-valid-host', retryable: false, detail });
