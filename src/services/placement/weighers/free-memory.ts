import { freeShare } from '../model/capacity.ts';
import type { Weigher } from './weigher.ts';

/** Spreads: memory is what runs out first. */
export const freeMemoryWeigher: Weigher = {
  name: 'free-memory',
  weight: 1,
  grade: (node) => freeShare(node, 'memory'),
};
