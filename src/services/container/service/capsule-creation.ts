import { isoTime } from '#kernel/clock.ts';
import { projectOf, storeCtx, type Ctx } from '#kernel/context.ts';
import { badRequest } from '#kernel/errors.ts';
import { newUuid } from '#kernel/ids.ts';
import {
  capsuleTarget,
  neededBy,
  type Capsule,
  type CapsuleWithMembers,
  type Membership,
} from '../model/capsule.ts';
import { readTemplate, type CapsuleRequest, type MemberRequest } from '../model/capsule-template.ts';
import { mountsInMember } from '../model/capsule-volumes.ts';
import type { HeldVolume } from '../model/mount.ts';
import type { Container } from '../model/container.ts';
import { assertWithinQuota, sumOf } from '../model/quota.ts';
import type { ContainerRequest } from '../model/request.ts';
import type { CapsuleTemplate } from '../schema/capsule.ts';
import { capsuleStore } from '../store/capsules.ts';
import { containerStore } from '../store/containers.ts';
import { quotaStore } from '../store/quotas.ts';
import { CREATE_CAPSULE } from '../tasks/create-capsule.ts';
import type { ContainerTables } from '../tables.ts';
import { capsuleEvent } from './capsule-changes.ts';
import { newContainer } from './creation.ts';
import type { ContainerDeps } from './deps.ts';
import { assertImage } from './images.ts';
import { chooseRuntime } from './runtimes.ts';
import { ISOLATING_RUNTIME, runtimeCalled } from '../model/runtime.ts';
import { resolveMounts } from './mounts.ts';
import { resolveNets } from './nets.ts';

/** Accepts capsules: everything that can be refused is refused here, the rest is the task's. */
export class CapsuleCreation {
  readonly #deps: ContainerDeps;

  constructor(deps: ContainerDeps) {
    this.#deps = deps;
  }

  async create(ctx: Ctx, template: CapsuleTemplate): Promise<CapsuleWithMembers> {
    const id = newUuid();
    const runtime = await chooseRuntime(this.#deps, ctx, runtimeCalled(template.runtime));
    const request = readTemplate({ ...template, runtime }, id, ctx.microversion);
    assertOneMachine(request, runtime ?? this.#deps.defaultRuntime);
    const requests = [...request.initContainers, ...request.containers];
    for (const member of requests) await assertImage(this.#deps, ctx, member, null);
    const whole = await this.#prepare(ctx, id, request);
    await this.#accept(ctx, whole, requests);
    this.#deps.tasks.nudge();
    this.#deps.events.publish();
    return whole;
  }

  async #prepare(ctx: Ctx, id: string, request: CapsuleRequest): Promise<CapsuleWithMembers> {
    const now = isoTime(this.#deps.clock.now());
    const portRequests = await resolveNets(this.#deps, ctx, { id, nets: [], groups: null });
    const volumes = await this.#findVolumes(ctx, request.volumes);
    const members = membersOf({ ctx, id, request, volumes, now });
    const { labels, annotations, restartPolicy, availabilityZone, exposedPorts, runtime } = request;
    const capsule: Capsule = {
      id,
      projectId: projectOf(ctx),
      userId: ctx.user.id,
      name: request.name,
      settings: {
        labels,
        annotations,
        restartPolicy,
        availabilityZone,
        ...(runtime !== null && { runtime }),
        exposedPorts,
        portRequests,
        volumes,
        ...neededBy(members),
      },
      createdAt: now,
      updatedAt: now,
      host: null,
      placement: { ports: [], resolver: { servers: [], domain: '' } },
      phase: 'creating',
      reason: null,
    };
    return { capsule, members };
  }

  /** As the user named them, seen to be the user's to take. */
  async #findVolumes(ctx: Ctx, requests: CapsuleRequest['volumes']): Promise<HeldVolume[]> {
    const mounts = requests.map((request) => ({ ...request, kind: 'volume' as const }));
    const found = await resolveMounts(this.#deps, ctx, { mounts, requestedHost: null });
    return found.flatMap((mount, index) => {
      const request = requests[index];
      if (mount.kind !== 'volume' || !request) return [];
      return { ...mount, name: request.name, stays: request.stays };
    });
  }

  /** Quota, capsule, members and task in one transaction. */
  async #accept(
    ctx: Ctx,
    { capsule, members }: CapsuleWithMembers,
    requests: readonly ContainerRequest[],
  ): Promise<void> {
    const { database, tasks, events, identity } = this.#deps;
    const given = await identity.limits('container', capsule.projectId);
    await database.transaction<ContainerTables, void>(async (tx) => {
      const used = await containerStore.usage(tx, capsule.projectId);
      const wanted = sumOf(requests.map(({ counted }) => counted));
      assertWithinQuota(await quotaStore.limits(tx, capsule.projectId, given), used, wanted);
      await capsuleStore.insert(tx, capsule);
      for (const member of members) await containerStore.insert(tx, member);
      await tasks.start(tx, {
        kind: CREATE_CAPSULE,
        target: capsuleTarget(capsule.id),
        projectId: capsule.projectId,
        ctx: storeCtx(ctx),
        input: { id: capsule.id },
        whenBusy: 'refuse',
      });
      await events.append(tx, capsuleEvent(capsule, 'creating'));
    });
  }
}

interface Draft {
  readonly ctx: Ctx;
  /** Of the capsule. */
  readonly id: string;
  readonly request: CapsuleRequest;
  readonly volumes: readonly HeldVolume[];
  readonly now: string;
}

/** Init containers each after the one before it, all others after the last of those. */
function membersOf({ ctx, id: capsuleId, request, volumes, now }: Draft): Container[] {
  const make = (one: MemberRequest, place: Omit<Membership, 'capsuleId'>): Container => {
    const member = { ...place, capsuleId };
    const mounts = mountsInMember(one.volumeMounts, volumes);
    const settings = { ...one.settings, securityGroups: null, portRequests: [], member, mounts };
    return newContainer({ id: newUuid(), ctx, request: one, settings, run: true, now });
  };
  const inits: Container[] = [];
  for (const [index, one] of request.initContainers.entries())
    inits.push(make(one, { init: true, index, after: inits.at(-1)?.id ?? null }));
  const after = inits.at(-1)?.id ?? null;
  return [...inits, ...request.containers.map((one, index) => make(one, { init: false, index, after }))];
}

/** Init containers run one after the other: each machine is gone before the next one has the address. */
function assertOneMachine({ containers }: CapsuleRequest, runtime: string): void {
  if (runtime === ISOLATING_RUNTIME && containers.length > 1)
    throw badRequest(
      'The containers of a capsule share one address, which machines of their own cannot: a capsule of the runtime clear has one container beside its init containers.',
    );
}
