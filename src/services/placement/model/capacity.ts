import { dedicatedCount } from './dedicated.ts';
import type { NodeInfo, ResourceAmounts } from '../port.ts';

/** How much more may be promised than there is: Nova's and Zun's defaults. */
export const RATIOS: ResourceAmounts = { cpu: 16, memory: 1.5, disk: 1 };
/** Kept for the machine itself. */
export const RESERVED: ResourceAmounts = { cpu: 0, memory: 512, disk: 0 };

export const RESOURCES = ['cpu', 'memory', 'disk'] as const satisfies readonly (keyof ResourceAmounts)[];

export const totals = (node: NodeInfo): ResourceAmounts => ({
  cpu: node.cpus - dedicatedCount(node),
  memory: node.memory,
  disk: node.disk,
});

/** What may be promised of a node altogether. */
export const capacity = (node: NodeInfo): ResourceAmounts =>
  mapAmounts(totals(node), (total, resource) => Math.max(0, total - RESERVED[resource]) * RATIOS[resource]);

/** What may still be promised. */
export const free = (node: NodeInfo): ResourceAmounts =>
  mapAmounts(capacity(node), (whole, resource) => whole - node.allocated[resource]);

/** Share of a resource that is free, 0 to 1. */
export function freeShare(node: NodeInfo, resource: keyof ResourceAmounts): number {
  const whole = capacity(node)[resource];
  return whole === 0 ? 0 : Math.max(0, free(node)[resource] / whole);
}

const mapAmounts = (
  amounts: ResourceAmounts,
  change: (amount: number, resource: keyof ResourceAmounts) => number,
): ResourceAmounts => ({
  cpu: change(amounts.cpu, 'cpu'),
  memory: change(amounts.memory, 'memory'),
  disk: change(amounts.disk, 'disk'),
});
