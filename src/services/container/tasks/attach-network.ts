import { systemCtx } from '#kernel/context.ts';
import type { TaskKind, TaskStep } from '#kernel/tasks/task.ts';
import type { PortRequest } from '#services/network/port.ts';
import { containerNotFound, type AttachedPort, type Container, type Placement } from '../model/container.ts';
import { toAttached, withoutPorts, withPort } from '../model/plugging.ts';
import { changeContainer } from '../service/changes.ts';
import type { TaskDeps } from '../service/deps.ts';
import { sendToNode } from '../service/send-to-node.ts';
import { containerStore } from '../store/containers.ts';
import { endPlugging, type PluggingInput } from './end-plugging.ts';

export const ATTACH_NETWORK = 'container.attach-network';

interface Input extends PluggingInput {
  readonly request: PortRequest;
}

interface Attached {
  readonly port: AttachedPort;
  readonly resolver: Placement['resolver'];
}

type Step = TaskStep<Input>;

/** A port for a container that exists. Its node plugs the port as soon as the port is there, whatever the container does. */
export const attachNetwork = (deps: TaskDeps): TaskKind<Input> => ({
  kind: ATTACH_NETWORK,
  deadline: 300,
  steps: [attachPort(deps), recordPort(deps)],
  finished: (run) => endPlugging(deps, run, { what: 'network_attached' }),
  failed: (run, error) => endPlugging(deps, run, { what: 'network_not_attached', error: error.message }),
});

const attachPort = (deps: TaskDeps): Step => ({
  name: 'attach-port',
  async run({ ctx, input: { id, request } }): Promise<Attached> {
    const { settings, host } = await getContainer(deps, id);
    const [port] = await deps.networks.attachPorts(ctx, {
      deviceId: id,
      deviceOwner: 'compute:kuryr',
      host: host ?? '',
      dnsName: settings.hostname,
      requests: [request],
    });
    if (!port) throw containerNotFound(id);
    return { port: toAttached(port, request.device), resolver: port.resolver };
  },
  /** Which port it is, only a step that ended has said: it is the one that the container does not know of. */
  async undo({ ctx, input: { id } }) {
    const container = await containerStore.find(deps.database.handle(), id);
    if (!container) return;
    const system = systemCtx(ctx.requestId, deps);
    const known = new Set(container.placement.ports.map((port) => port.id));
    const ports = await deps.networks.listPorts(system, id);
    const strays = ports.map((port) => port.id).filter((port) => !known.has(port));
    await deps.networks.detachPorts(system, id, strays);
  },
});

const recordPort = (deps: TaskDeps): Step => ({
  name: 'record-port',
  async run({ input, outputs }) {
    const { port, resolver } = outputs['attach-port'] as Attached;
    await change(deps, input.id, (container) => withPort(container, port, resolver));
  },
  async undo({ input, outputs }) {
    const attached = outputs['attach-port'] as Attached | undefined;
    if (attached) await change(deps, input.id, (container) => withoutPorts(container, [attached.port.id]));
  },
});

async function change(deps: TaskDeps, id: string, how: (container: Container) => Container): Promise<void> {
  const container = await changeContainer(deps, id, how);
  if (container) await sendToNode(deps, container);
}

async function getContainer(deps: TaskDeps, id: string): Promise<Container> {
  const container = await containerStore.find(deps.database.handle(), id);
  if (!container) throw containerNotFound(id);
  return container;
}
