import { freeShare } from '../model/capacity.ts';
import type { Weigher } from './weigher.ts';

export const freeCpuWeigher: Weigher = {
  name: 'free-cpu',
  weight: 1,
  grade: (node) => freeShare(node, 'cpu'),
};
