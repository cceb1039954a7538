import { isoTime } from '#kernel/clock.ts';
import { systemCtx, type Ctx } from '#kernel/context.ts';
import { CloudError } from '#kernel/errors.ts';
import { park, type TaskKind, type TaskRun, type TaskStep } from '#kernel/tasks/task.ts';
import type { ContainerImage } from '#node/protocol.ts';
import type { Placed } from '#services/placement/port.ts';
import { containerNotFound, type Container, type Placement } from '../model/container.ts';
import { exposedGroup, exposedGroupName } from '../model/exposed-ports.ts';
import { toAttached } from '../model/plugging.ts';
import { toDesired } from '../model/spec.ts';
import { changeContainer, containerEvent } from '../service/changes.ts';
import type { TaskDeps } from '../service/deps.ts';
import { imageOf } from '../service/images.ts';
import { attachVolumes, heldByContainer, makeVolumes } from './volumes.ts';
import { hostOfVolumes, volumeMounts } from '../model/mount.ts';
import { removeFromNode } from './remove-from-node.ts';
import { actionStore } from '../store/actions.ts';
import { containerStore } from '../store/containers.ts';

export const CREATE_CONTAINER = 'container.create-container';

interface Input {
  readonly id: string;
}

type Run = TaskRun<Input>;
type Step = TaskStep<Input>;

/** Image, node, volumes, group, ports, then the node's own work; each undone in reverse when a later one fails. */
export const createContainer = (deps: TaskDeps): TaskKind<Input> => ({
  kind: CREATE_CONTAINER,
  deadline: 600,
  steps: [
    checkImage(deps),
    claimNode(deps),
    makeVolumes(deps, heldByContainer, hostOf),
    attachVolumes(deps, heldByContainer, hostOf),
    exposePorts(deps),
    attachPorts(deps),
    putOnNode(deps),
    awaitNode(deps),
  ],
  failed: (run, error) => fail(deps, run, error),
});

const checkImage = (deps: TaskDeps): Step => ({
  name: 'check-image',
  async run({ ctx, input }): Promise<ContainerImage> {
    return imageOf(deps, ctx, await getContainer(deps, input.id));
  },
});

const claimNode = (deps: TaskDeps): Step => ({
  name: 'claim-node',
  async run({ ctx, input }) {
    const container = await getContainer(deps, input.id);
    const { id, projectId, userId, cpu, memory, disk, settings } = container;
    const { runtime, availabilityZone, requestedHost, hints } = settings;
    return deps.placement.claim(ctx, {
      consumer: id,
      projectId,
      userId,
      resources: { cpu: settings.dedicatedCpus ? 0 : cpu, memory, disk },
      ...(settings.dedicatedCpus && { dedicatedCpus: cpu }),
      runtime,
      availabilityZone,
      host: requestedHost ?? hostOfVolumes(volumeMounts(container)),
      hints,
    });
  },
  undo: ({ ctx, input }) => deps.placement.release(cleaningCtx(deps, ctx), input.id),
});

/** Keeps the id of the container's own group, for its ports; null = it exposes none. */
const exposePorts = (deps: TaskDeps): Step => ({
  name: 'expose-ports',
  async run({ ctx, input }): Promise<string | null> {
    const group = exposedGroup(await getContainer(deps, input.id));
    return group && deps.networks.ensureOpenGroup(ctx, group);
  },
  async undo({ ctx, input }) {
    const container = await containerStore.find(deps.database.handle(), input.id);
    if (!container || !exposedGroup(container)) return;
    const { id, projectId } = container;
    await deps.networks.removeGroup(cleaningCtx(deps, ctx), projectId, exposedGroupName(id));
  },
});

const attachPorts = (deps: TaskDeps): Step => ({
  name: 'attach-ports',
  async run(run): Promise<Omit<Placement, 'image'>> {
    const { id, settings } = await getContainer(deps, run.input.id);
    const group = run.outputs['expose-ports'] as string | null;
    const requests = settings.portRequests.map((request) =>
      group === null ? request : { ...request, securityGroups: [group] },
    );
    const ports = await deps.networks.attachPorts(run.ctx, {
      deviceId: id,
      deviceOwner: 'compute:kuryr',
      host: hostOf(run),
      dnsName: settings.hostname,
      requests,
    });
    const attached = ports.map((port, index) =>
      toAttached(port, settings.portRequests[index]?.device ?? `eth${index}`),
    );
    return { ports: attached, resolver: ports[0]?.resolver ?? { servers: [], domain: '' } };
  },
  undo: ({ ctx, input }) => deps.networks.detachPorts(cleaningCtx(deps, ctx), input.id),
});

const putOnNode = (deps: TaskDeps): Step => ({
  name: 'put-on-node',
  async run(run) {
    const placement: Placement = {
      ...(run.outputs['attach-ports'] as Omit<Placement, 'image'>),
      image: run.outputs['check-image'] as ContainerImage,
      ...cpusetOf(run),
    };
    const host = hostOf(run);
    const container = await changeContainer(deps, run.input.id, (before) => ({
      ...before,
      host,
      placement,
      desired: true,
      present: true,
      taskState: before.status === 'Creating' ? 'container_creating' : before.taskState,
    }));
    const object = container && toDesired(container, deps.defaultRuntime);
    if (!object) throw containerNotFound(run.input.id);
    await deps.nodes.put(host, [object], []);
  },
  async undo({ input }) {
    const container = await changeContainer(deps, input.id, (before) => ({ ...before, desired: false }));
    if (container) await removeFromNode(deps, container);
  },
});

/** The node's report moves the container on; here we only wait for it. */
const awaitNode = (deps: TaskDeps): Step => ({
  name: 'await-node',
  async run({ input }) {
    const { status, observed, generation, host } = await getContainer(deps, input.id);
    if (status !== 'Creating') return;
    if (observed?.failed && observed.generation >= generation)
      throw new CloudError('internal', observed.reason ?? `Node ${host} failed to create the container.`);
    return park(null, `node ${host} to create the container`);
  },
});

/** Keeps the container, with the reason; whoever deletes it meanwhile has the say. */
async function fail(deps: TaskDeps, { input }: Run, error: Error): Promise<void> {
  await changeContainer(
    deps,
    input.id,
    (before) => (before.status === 'Deleting' ? before : failedContainer(before, error.message)),
    async (tx, container) => {
      await actionStore.finish(tx, [container.id], { at: isoTime(deps.clock.now()), error: error.message });
      await deps.events.append(tx, containerEvent(container, 'error'));
    },
  );
  deps.events.publish();
}

const failedContainer = (container: Container, statusReason: string): Container => ({
  ...container,
  status: 'Error',
  statusReason,
  taskState: null,
  host: null,
  placement: { ...container.placement, ports: [] },
  present: false,
});

async function getContainer(deps: TaskDeps, id: string): Promise<Container> {
  const container = await containerStore.find(deps.database.handle(), id);
  if (!container) throw containerNotFound(id);
  return container;
}

const hostOf = (run: Run): string => (run.outputs['claim-node'] as { host: string } | undefined)?.host ?? '';

const cpusetOf = (run: Run): Pick<Placement, 'cpuset'> => {
  const { cpuset } = run.outputs['claim-node'] as Placed;
  return cpuset ? { cpuset } : {};
};

/** Cleaning up does not depend on what its creator may still do. */
const cleaningCtx = (deps: TaskDeps, ctx: Ctx): Ctx => systemCtx(ctx.requestId, deps);
