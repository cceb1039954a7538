import type { Clock } from '#kernel/clock.ts';
import { systemCtx } from '#kernel/context.ts';
import { newRequestId } from '#kernel/ids.ts';
import type { Logger } from '#kernel/log.ts';
import type { NodePort } from '#services/placement/port.ts';
import type { NodeAddresses } from './remotes.ts';

export async function nodeAddresses(
  nodes: NodePort,
  deps: { readonly clock: Clock; readonly log: Logger },
): Promise<NodeAddresses> {
  const all = await nodes.list(systemCtx(newRequestId(), deps));
  return new Map(
    all.flatMap(({ hostname, address }) => (address === undefined ? [] : [[hostname, address]])),
  );
}
