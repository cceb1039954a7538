import { isoTime } from '#kernel/clock.ts';
import { projectOf, storeCtx, type Ctx } from '#kernel/context.ts';
import { badRequest, notFound } from '#kernel/errors.ts';
import { newUuid } from '#kernel/ids.ts';
import { containerTarget, NOT_PLACED, type Container, type ContainerSettings } from '../model/container.ts';
import { assertWithinQuota } from '../model/quota.ts';
import { readRequest, type ContainerRequest } from '../model/request.ts';
import { assertLimitsDisks } from '../model/runtime.ts';
import { chooseRuntime } from './runtimes.ts';
import type { CreateContainerBody } from '../schema/container.ts';
import { containerStore } from '../store/containers.ts';
import { quotaStore } from '../store/quotas.ts';
import { CREATE_CONTAINER } from '../tasks/create-container.ts';
import type { ContainerTables } from '../tables.ts';
import { containerEvent, newAction, recordAction } from './changes.ts';
import type { ContainerDeps } from './deps.ts';
import { assertImage, driverOf } from './images.ts';
import { resolveMounts, resolveSecretEnv } from './mounts.ts';
import { resolveNets } from './nets.ts';
import type { RegistryService } from './registries.ts';

const STOP_TIMEOUT_SECONDS = 10;

/** Accepts containers: everything that can be refused is refused here, the rest is the task's. */
export class ContainerCreation {
  readonly #deps: ContainerDeps;
  readonly #registries: RegistryService;

  constructor(deps: ContainerDeps, registries: RegistryService) {
    this.#deps = deps;
    this.#registries = registries;
  }

  async create(ctx: Ctx, body: CreateContainerBody, run: boolean): Promise<Container> {
    const asked = readRequest(body, ctx.microversion);
    const runtime = await chooseRuntime(this.#deps, ctx, asked.settings.runtime);
    const request = { ...asked, settings: { ...asked.settings, runtime } };
    await this.#authorize(ctx, body, request);
    const container = await this.#prepare(ctx, request, run);
    await this.#accept(ctx, container, request);
    this.#deps.tasks.nudge();
    this.#deps.events.publish();
    return container;
  }

  async #authorize(ctx: Ctx, body: CreateContainerBody, request: ContainerRequest): Promise<void> {
    const { policy, nodes } = this.#deps;
    if (request.privileged) policy.authorize(ctx, 'container:create:privileged');
    if (typeof body.image_pull_policy === 'string')
      policy.authorize(ctx, 'container:create:image_pull_policy');
    if (request.resources.disk > 0) assertLimitsDisks(request.settings.runtime ?? this.#deps.defaultRuntime);
    const { requestedHost } = request.settings;
    if (requestedHost === null) return;
    policy.authorize(ctx, 'container:create:requested_destination');
    if (!(await nodes.find(ctx, requestedHost))) throw notFound(`Host ${requestedHost} could not be found.`);
  }

  async #prepare(ctx: Ctx, request: ContainerRequest, run: boolean): Promise<Container> {
    const { networks, clock } = this.#deps;
    const registryId = await this.#checkImage(ctx, request);
    const groups =
      request.securityGroups.length === 0
        ? null
        : await networks.resolveSecurityGroups(ctx, request.securityGroups);
    const id = newUuid();
    const portRequests = await resolveNets(this.#deps, ctx, { id, nets: request.nets, groups });
    const { requestedHost } = request.settings;
    const mounts = await resolveMounts(this.#deps, ctx, { mounts: request.mounts, requestedHost });
    const secretEnv = await resolveSecretEnv(this.#deps, ctx, request.secretEnv);
    const settings: ContainerSettings = {
      ...request.settings,
      mounts,
      secretEnv,
      privileged: request.privileged,
      registryId,
      securityGroups: groups,
      portRequests,
    };
    return newContainer({ id, ctx, request, settings, run, now: isoTime(clock.now()) });
  }

  /** @returns the id of the registry that was named */
  async #checkImage(ctx: Ctx, request: ContainerRequest): Promise<string | null> {
    const { registry, settings } = request;
    if (registry !== null && driverOf(this.#deps, settings.imageDriver) !== 'docker')
      throw badRequest('A registry is for images with image_driver docker.');
    const named = registry === null ? null : await this.#registries.get(ctx, registry);
    await assertImage(this.#deps, ctx, request, named?.domain ?? null);
    return named?.id ?? null;
  }

  /** Quota, container, task and record in one transaction. */
  async #accept(ctx: Ctx, container: Container, request: ContainerRequest): Promise<void> {
    const { database, tasks, events, identity } = this.#deps;
    const given = await identity.limits('container', container.projectId);
    await database.transaction<ContainerTables, void>(async (tx) => {
      const used = await containerStore.usage(tx, container.projectId);
      assertWithinQuota(await quotaStore.limits(tx, container.projectId, given), used, request.counted);
      await containerStore.insert(tx, container);
      await tasks.start(tx, {
        kind: CREATE_CONTAINER,
        target: containerTarget(container.id),
        projectId: container.projectId,
        ctx: storeCtx(ctx),
        input: { id: container.id },
        whenBusy: 'refuse',
      });
      await recordAction(this.#deps, tx, newAction(ctx, container, 'create'));
      await events.append(tx, containerEvent(container, 'creating'));
    });
  }
}

interface Draft {
  readonly id: string;
  readonly ctx: Ctx;
  readonly request: ContainerRequest;
  readonly settings: ContainerSettings;
  readonly run: boolean;
  readonly now: string;
}

export const newContainer = ({ id, ctx, request, settings, run, now }: Draft): Container => ({
  id,
  projectId: projectOf(ctx),
  userId: ctx.user.id,
  name: request.name,
  image: request.image,
  ...request.resources,
  autoRemove: request.autoRemove,
  autoHeal: request.autoHeal,
  settings,
  createdAt: now,
  updatedAt: now,
  host: null,
  placement: NOT_PLACED,
  desired: false,
  power: {
    state: run ? 'running' : 'created',
    epoch: run ? 1 : 0,
    stopTimeoutSeconds: STOP_TIMEOUT_SECONDS,
  },
  generation: 1,
  status: 'Creating',
  statusReason: null,
  taskState: 'image_pulling',
  present: false,
  observed: null,
});
