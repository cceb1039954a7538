import { systemCtx } from '#kernel/context.ts';
import type { TaskKind, TaskStep } from '#kernel/tasks/task.ts';
import type { AttachedPort, Container, Placement } from '../model/container.ts';
import { withoutPorts, withPort } from '../model/plugging.ts';
import { changeContainer } from '../service/changes.ts';
import type { TaskDeps } from '../service/deps.ts';
import { sendToNode } from '../service/send-to-node.ts';
import { endPlugging, type PluggingInput } from './end-plugging.ts';

export const DETACH_NETWORK = 'container.detach-network';

interface Input extends PluggingInput {
  readonly ports: readonly AttachedPort[];
  readonly resolver: Placement['resolver'];
}

type Step = TaskStep<Input>;

/** First the container does without the ports, so that it does not wait for them when it starts; then they go. */
export const detachNetwork = (deps: TaskDeps): TaskKind<Input> => ({
  kind: DETACH_NETWORK,
  deadline: 300,
  steps: [forgetPorts(deps), detachPorts(deps)],
  finished: (run) => endPlugging(deps, run, { what: 'network_detached' }),
  failed: (run, error) => endPlugging(deps, run, { what: 'network_not_detached', error: error.message }),
});

const forgetPorts = (deps: TaskDeps): Step => ({
  name: 'forget-ports',
  run: ({ input: { id, ports } }) => change(deps, id, (container) => withoutPorts(container, idsOf(ports))),
  /** What is still there is the container's again. */
  async undo({ ctx, input: { id, ports, resolver } }) {
    const there = idsOf(await deps.networks.listPorts(systemCtx(ctx.requestId, deps), id));
    const kept = ports.filter((port) => there.includes(port.id));
    await change(deps, id, (container) =>
      kept.reduce((all, port) => withPort(all, port, resolver), container),
    );
  },
});

const detachPorts = (deps: TaskDeps): Step => ({
  name: 'detach-ports',
  run: ({ ctx, input: { id, ports } }) =>
    deps.networks.detachPorts(systemCtx(ctx.requestId, deps), id, idsOf(ports)),
});

async function change(deps: TaskDeps, id: string, how: (container: Container) => Container): Promise<void> {
  const container = await changeContainer(deps, id, how);
  if (container) await sendToNode(deps, container);
}

const idsOf = (ports: readonly { readonly id: string }[]): string[] => ports.map(({ id }) => id);
