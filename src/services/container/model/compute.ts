import type { NodeInfo } from '#services/placement/port.ts';

/** What Zun calls the program on each node. */
export const COMPUTE = 'zun-compute';

export const DEFAULT_ZONE = 'nova';

/** An operator names a node's zone by a label. */
export const zoneOf = ({ labels }: Pick<NodeInfo, 'labels'>): string =>
  labels['availability_zone'] ?? DEFAULT_ZONE;

/** The zones of all nodes; a cloud without nodes has its default one. */
export const zonesOf = (nodes: readonly NodeInfo[]): string[] =>
  nodes.length === 0 ? [DEFAULT_ZONE] : [...new Set(nodes.map(zoneOf))].toSorted();
