import type { NodeInfo } from '../port.ts';

/** Says how good a place a node is, 0 to 1. Pure. */
export interface Weigher {
  readonly name: string;
  readonly weight: number;
  grade(node: NodeInfo): number;
}
