import type { Ctx } from '#kernel/context.ts';
import { badRequest } from '#kernel/errors.ts';
import { ISOLATING_RUNTIME } from '../model/runtime.ts';
import type { ContainerDeps } from './deps.ts';

/**
 * Whether somebody may have this runtime; null = the cloud's own. A cloud whose nodes have never come yet takes every one.
 * @throws CloudError `forbidden`, or `bad-request` when no host offers it.
 */
export async function assertRuntime(
  { policy, nodes }: Pick<ContainerDeps, 'policy' | 'nodes'>,
  ctx: Ctx,
  runtime: string | null,
): Promise<void> {
  if (runtime === null) return;
  // Whoever wants a stronger boundary than the cloud's own needs nobody's leave.
  if (runtime !== ISOLATING_RUNTIME) policy.authorize(ctx, 'container:create:runtime');
  const known = await nodes.list(ctx);
  const offered = [...new Set(known.flatMap(({ runtimes }) => runtimes))].toSorted();
  if (known.length > 0 && !offered.includes(runtime))
    throw badRequest(`No host offers the runtime ${runtime}; there are: ${offered.join(', ')}.`);
}
