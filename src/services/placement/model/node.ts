import { conflict, notFound, unavailable, type CloudError } from '#kernel/errors.ts';
import type { NodeInfo } from '../port.ts';

/** A node as placement keeps it. */
export interface StoredNode extends NodeInfo {
  /** See `NodeRow.generation`. */
  readonly generation: number;
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
