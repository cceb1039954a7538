import type { Ctx } from '#kernel/context.ts';
import type { NodePort } from '#services/placement/port.ts';
import { invalid } from '../model/errors.ts';
import type { NetworkType } from '../model/network.ts';

/** @throws CloudError `InvalidInput` when every node has said that it cannot carry such a network. Before there are nodes, all is well. */
export async function assertCarried(
  ctx: Ctx,
  nodes: Pick<NodePort, 'list'>,
  type: NetworkType,
): Promise<void> {
  const all = await nodes.list(ctx);
  const reasons = all.map(({ networkLacks }) => networkLacks?.[type]);
  const [reason] = reasons;
  if (reason === undefined || reasons.includes(undefined)) return;
  throw invalid(`network_type value '${type}' not supported: no node can carry it. ${reason}`);
}
