import { isoTime } from '#kernel/clock.ts';
import { systemCtx, type Ctx } from '#kernel/context.ts';
import { CloudError } from '#kernel/errors.ts';
import { park, type TaskKind, type TaskRun, type TaskStep } from '#kernel/tasks/task.ts';
import type { ContainerImage } from '#node/protocol.ts';
import { progressOf } from '../model/capsule-start.ts';
import {
  capsuleGroup,
  capsuleNotFound,
  inOrder,
  type Capsule,
  type CapsuleWithMembers,
} from '../model/capsule.ts';
import type { Container, Placement } from '../model/container.ts';
import { hostOfVolumes } from '../model/mount.ts';
import { toAttached } from '../model/plugging.ts';
import { toDesired } from '../model/spec.ts';
import { MAX_INIT_CONTAINERS } from '../schema/capsule.ts';
import { capsuleEvent, changeCapsule } from '../service/capsule-changes.ts';
import type { TaskDeps } from '../service/deps.ts';
import { imageOf } from '../service/images.ts';
import { capsuleStore } from '../store/capsules.ts';
import { containerStore } from '../store/containers.ts';
import type { ContainerTables } from '../tables.ts';
import { closePorts } from './close-ports.ts';
import { removeMembers } from './remove-from-node.ts';
import { attachVolumes, heldByCapsule, makeVolumes } from './volumes.ts';

export const CREATE_CAPSULE = 'container.create-capsule';

interface Input {
  readonly id: string;
}

type Run = TaskRun<Input>;
type Step = TaskStep<Input>;

const PLACING_SECONDS = 600;

/**
 * Images, node, volumes, security group, port, then the node's own work; each undone in reverse when a later one fails. The deadline is
 * for as many init containers as there may be; `progressOf` has those that count.
 */
export const createCapsule = (deps: TaskDeps): TaskKind<Input> => ({
  kind: CREATE_CAPSULE,
  deadline: (MAX_INIT_CONTAINERS + 1) * 3600,
  steps: [
    ...[
      checkImages(deps),
      claimNode(deps),
      makeVolumes(deps, heldByCapsule, hostOf),
      attachVolumes(deps, heldByCapsule, hostOf),
      exposePorts(deps),
      attachPorts(deps),
    ].map((step) => promptly(deps, step)),
    putOnNode(deps),
    awaitNode(deps),
  ],
  finished: (run) => finish(deps, run),
  failed: (run, error) => fail(deps, run, error),
});

/** What is not there within ten minutes is not waited for as long as an init container. */
const promptly = (deps: TaskDeps, step: Step): Step => ({
  ...step,
  async run(run) {
    try {
      return await step.run(run);
    } catch (thrown) {
      const { capsule } = await getCapsule(deps, run.input.id);
      const seconds = (deps.clock.now().getTime() - Date.parse(capsule.createdAt)) / 1000;
      if (seconds < PLACING_SECONDS || !(thrown instanceof CloudError)) throw thrown;
      throw new CloudError(thrown.kind, thrown.message, { retryable: false, cause: thrown });
    }
  },
});

const checkImages = (deps: TaskDeps): Step => ({
  name: 'check-images',
  async run({ ctx, input }): Promise<Record<string, ContainerImage>> {
    const images: Record<string, ContainerImage> = {};
    for (const member of (await getCapsule(deps, input.id)).members)
      images[member.id] = await imageOf(deps, ctx, member);
    return images;
  },
});

const claimNode = (deps: TaskDeps): Step => ({
  name: 'claim-node',
  async run({ ctx, input }) {
    const { id, projectId, userId, settings } = (await getCapsule(deps, input.id)).capsule;
    const { cpu, memory, availabilityZone, runtime = null, volumes = [] } = settings;
    return deps.placement.claim(ctx, {
      consumer: id,
      projectId,
      userId,
      resources: { cpu, memory, disk: 0 },
      runtime,
      availabilityZone,
      host: hostOfVolumes(volumes),
      hints: {},
    });
  },
  undo: ({ ctx, input }) => deps.placement.release(cleaningCtx(deps, ctx), input.id),
});

/** Only a capsule that exposes ports has a group of its own. */
const exposePorts = (deps: TaskDeps): Step => ({
  name: 'expose-ports',
  async run({ ctx, input }): Promise<string | null> {
    const group = capsuleGroup((await getCapsule(deps, input.id)).capsule);
    return group && deps.networks.ensureOpenGroup(ctx, group);
  },
  undo: ({ ctx, input }) => closePorts(deps, cleaningCtx(deps, ctx), input.id),
});

const attachPorts = (deps: TaskDeps): Step => ({
  name: 'attach-ports',
  async run(run): Promise<Omit<Placement, 'image'>> {
    const { id, name, settings } = (await getCapsule(deps, run.input.id)).capsule;
    const group = run.outputs['expose-ports'] as string | null;
    const securityGroups = group === null ? null : [group];
    const ports = await deps.networks.attachPorts(run.ctx, {
      deviceId: id,
      deviceOwner: 'compute:kuryr',
      host: hostOf(run),
      dnsName: name ?? id,
      requests: settings.portRequests.map((request) => ({ ...request, securityGroups })),
    });
    const attached = ports.map((port, index) =>
      toAttached(port, settings.portRequests[index]?.device ?? `eth${index}`),
    );
    return { ports: attached, resolver: ports[0]?.resolver ?? { servers: [], domain: '' } };
  },
  undo: ({ ctx, input }) => deps.networks.detachPorts(cleaningCtx(deps, ctx), input.id),
});

/** All members at once: which of them comes first is the node's to see to. */
const putOnNode = (deps: TaskDeps): Step => ({
  name: 'put-on-node',
  async run(run): Promise<{ at: string }> {
    const host = hostOf(run);
    const placement = run.outputs['attach-ports'] as Omit<Placement, 'image'>;
    const images = run.outputs['check-images'] as Record<string, ContainerImage>;
    const whole = await changeCapsule(deps, run.input.id, {
      capsule: (before) => ({ ...before, host, placement }),
      member: (before) => ({
        ...before,
        host,
        placement: { ...placement, image: images[before.id] ?? null },
        desired: true,
        present: true,
        taskState: before.status === 'Creating' ? 'container_creating' : before.taskState,
      }),
    });
    if (!whole) throw capsuleNotFound(run.input.id);
    const objects = whole.members.flatMap((member) => toDesired(member, deps.defaultRuntime) ?? []);
    await deps.nodes.put(host, objects, []);
    return { at: isoTime(run.ctx.clock.now()) };
  },
  undo: async ({ input }) => void (await removeMembers(deps, input.id)),
});

/** The node's reports move the members on; here we only wait for them. */
const awaitNode = (deps: TaskDeps): Step => ({
  name: 'await-node',
  async run({ input, ctx, outputs }) {
    const progress = progressOf((await getCapsule(deps, input.id)).members);
    if ('done' in progress) return;
    if ('failed' in progress) throw new CloudError('internal', progress.failed);
    const { waitsFor, withinSeconds } = progress;
    const begun = Date.parse((outputs['put-on-node'] as { at: string }).at);
    const until = new Date(begun + withinSeconds * 1000);
    if (ctx.clock.now() >= until)
      throw new CloudError('internal', `Waited too long for ${waitsFor}.`, { retryable: false });
    return park(isoTime(until), waitsFor);
  },
});

async function finish(deps: TaskDeps, { input }: Run): Promise<void> {
  await changeCapsule(deps, input.id, {
    capsule: (before) => (before.phase === 'creating' ? { ...before, phase: 'ready' } : before),
    also: (tx, capsule) => deps.events.append(tx, capsuleEvent(capsule, 'created')),
  });
  deps.events.publish();
}

/** Keeps the capsule, with the reason; whoever deletes it meanwhile has the say. */
async function fail(deps: TaskDeps, { input }: Run, { message }: Error): Promise<void> {
  const isOurs = ({ phase }: Capsule) => phase === 'creating';
  const { capsule } = await findCapsule(deps, input.id);
  if (!capsule || !isOurs(capsule)) return;
  await changeCapsule(deps, input.id, {
    capsule: (before) => ({
      ...before,
      phase: 'error',
      reason: message,
      host: null,
      placement: { ...before.placement, ports: [] },
    }),
    member: (before) => failedMember(before, message),
    also: (tx, failed) => deps.events.append(tx, capsuleEvent(failed, 'error')),
  });
  deps.events.publish();
}

const failedMember = (member: Container, statusReason: string): Container => ({
  ...member,
  status: 'Error',
  statusReason,
  taskState: null,
  host: null,
  placement: { ...member.placement, ports: [] },
  present: false,
});

async function findCapsule(
  deps: TaskDeps,
  id: string,
): Promise<{ capsule: Capsule | undefined; members: readonly Container[] }> {
  const db = deps.database.handle<ContainerTables>();
  return {
    capsule: await capsuleStore.find(db, id),
    members: inOrder(await containerStore.listMembers(db, [id])),
  };
}

async function getCapsule(deps: TaskDeps, id: string): Promise<CapsuleWithMembers> {
  const { capsule, members } = await findCapsule(deps, id);
  if (!capsule) throw capsuleNotFound(id);
  return { capsule, members };
}

const hostOf = (run: Run): string => (run.outputs['claim-node'] as { host: string }).host;

/** Cleaning up does not depend on what its creator may still do. */
const cleaningCtx = (deps: TaskDeps, ctx: Ctx): Ctx => systemCtx(ctx.requestId, deps);
