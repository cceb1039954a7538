import { availabilityFilter } from '../filters/availability.ts';
import { availabilityZoneFilter } from '../filters/availability-zone.ts';
import type { Filter } from '../filters/filter.ts';
import { dedicatedCpusFilter } from '../filters/dedicated-cpus.ts';
import { hostFilter } from '../filters/host.ts';
import { labelsFilter } from '../filters/labels.ts';
import { resourcesFilter } from '../filters/resources.ts';
import { runtimeFilter } from '../filters/runtime.ts';
import type { Claim, NodeInfo, ResourceAmounts } from '../port.ts';
import { freeCpuWeigher } from '../weighers/free-cpu.ts';
import { freeMemoryWeigher } from '../weighers/free-memory.ts';
import type { Weigher } from '../weighers/weigher.ts';
import { noHost } from './node.ts';

/** In the order in which they are asked: the cheap and decisive first. */
export const FILTERS: readonly Filter[] = [
  availabilityFilter,
  hostFilter,
  availabilityZoneFilter,
  runtimeFilter,
  labelsFilter,
  resourcesFilter,
  dedicatedCpusFilter,
];
export const WEIGHERS: readonly Weigher[] = [freeMemoryWeigher, freeCpuWeigher];

/**
 * The best node for a claim; of equals the first by name.
 * @throws CloudError `unavailable`, not retryable, when none fits
 */
export function schedule<N extends NodeInfo>(nodes: readonly N[], claim: Claim): N {
  let left = nodes;
  for (const filter of FILTERS) {
    const passed = left.filter((node) => filter.accepts(node, claim));
    if (passed.length === 0) throw noHost(`The ${filter.name} filter left none of ${left.length} nodes.`);
    left = passed;
  }
  return left.reduce((best, node) => (compare(node, best) < 0 ? node : best));
}

/** Every node that so much would fit on, the best first. */
export function candidates<N extends NodeInfo>(nodes: readonly N[], resources: ResourceAmounts): N[] {
  const claim = { ...ANYTHING, resources };
  return nodes.filter((node) => FILTERS.every((filter) => filter.accepts(node, claim))).toSorted(compare);
}

const ANYTHING = {
  consumer: '',
  projectId: '',
  userId: '',
  runtime: null,
  availabilityZone: null,
  host: null,
  hints: {},
} satisfies Omit<Claim, 'resources'>;

const compare = (a: NodeInfo, b: NodeInfo): number =>
  Number(b.state === 'up') - Number(a.state === 'up') ||
  grade(b) - grade(a) ||
  (a.hostname < b.hostname ? -1 : 1);

const grade = (node: NodeInfo): number =>
  WEIGHERS.reduce((sum, weigher) => sum + weigher.weight * weigher.grade(node), 0);
