import type { Ctx } from '#kernel/context.ts';
import { badRequest, forbidden } from '#kernel/errors.ts';
import { ISOLATING_RUNTIME } from '../model/runtime.ts';
import type { ContainerDeps } from './deps.ts';

/**
 * The runtime that somebody's containers get; null = the cloud's own. Who may not share the host's kernel gets machines of their own, whatever the
 * cloud's own is. A cloud whose nodes have never come yet takes every one.
 * @param wished null = whatever there is
 * @throws CloudError `forbidden`, or `bad-request` when no host offers it.
 */
export async function chooseRuntime(
  { policy, nodes, defaultRuntime }: Pick<ContainerDeps, 'policy' | 'nodes' | 'defaultRuntime'>,
  ctx: Ctx,
  wished: string | null,
): Promise<string | null> {
  const isolated = (wished ?? defaultRuntime) === ISOLATING_RUNTIME;
  const mayShare = policy.allows(ctx, 'container:create:shared_kernel');
  if (!mayShare && !isolated && wished !== null)
    throw forbidden(
      `Containers of this project run in machines of their own: ${wished} would share a kernel.`,
    );
  const runtime = mayShare || isolated ? wished : ISOLATING_RUNTIME;
  if (runtime === null) return null;
  // Whoever wants a stronger boundary than the cloud's own needs nobody's leave.
  if (runtime !== ISOLATING_RUNTIME) policy.authorize(ctx, 'container:create:runtime');
  const known = await nodes.list(ctx);
  const offered = [...new Set(known.flatMap(({ runtimes }) => runtimes))].toSorted();
  if (known.length > 0 && !offered.includes(runtime))
    throw badRequest(`No host offers the runtime ${runtime}; there are: ${offered.join(', ')}.`);
  return runtime;
}
