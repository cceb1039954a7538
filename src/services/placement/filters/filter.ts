import type { Claim, NodeInfo } from '../port.ts';

/** Says whether a claim may go to a node. Pure. */
export interface Filter {
  readonly name: string;
  accepts(node: NodeInfo, claim: Claim): boolean;
}
