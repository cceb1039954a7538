import { isoTime } from '#kernel/clock.ts';
import { projectOf, storeCtx, type Ctx } from '#kernel/context.ts';
import { notFound } from '#kernel/errors.ts';
import { newUuid } from '#kernel/ids.ts';
import { parseSort, type Page } from '#kernel/paging.ts';
import {
  hostImageExists,
  hostImageNotFound,
  hostImageTarget,
  imageNameOf,
  readImageName,
  type HostImage,
} from '../model/host-image.ts';
import { flagOf } from '../schema/common.ts';
import type { ListImagesQuery, PullImageBody } from '../schema/image.ts';
import { hostImageStore } from '../store/images.ts';
import type { ContainerTables } from '../tables.ts';
import { forgetImage, PULL_IMAGE } from '../tasks/pull-image.ts';
import type { ContainerDeps } from './deps.ts';
import { hostImageEvent } from './host-image-changes.ts';
import { assertImage } from './images.ts';

const MAX_LIMIT = 1000;

/** Zun's own `id` counts up, so it is the order of creation. */
const SORTABLE = {
  id: 'created_at',
  uuid: 'id',
  repo: 'repo',
  tag: 'tag',
  image_id: 'image_id',
  host: 'host',
  project_id: 'project_id',
  created_at: 'created_at',
  updated_at: 'updated_at',
};

/** Images that lie on nodes before any container needs them. */
export class HostImageService {
  readonly #deps: ContainerDeps;

  constructor(deps: ContainerDeps) {
    this.#deps = deps;
  }

  /** @throws CloudError `not-found` for a node, `bad-request` for an image that is none, `conflict` for one that is there already */
  async pull(ctx: Ctx, body: PullImageBody): Promise<HostImage> {
    const node = await this.#deps.nodes.find(ctx, body.host);
    if (!node) throw notFound(`Compute host ${body.host} could not be found.`);
    const image = this.#draft(ctx, body, node.hostname);
    const settings = { imageDriver: image.driver, imagePullPolicy: image.pullPolicy ?? 'always' };
    await assertImage(this.#deps, ctx, { image: imageNameOf(image), settings }, null);
    await this.#accept(ctx, image);
    this.#deps.tasks.nudge();
    this.#deps.events.publish();
    return image;
  }

  async list(ctx: Ctx, query: ListImagesQuery): Promise<Page<HostImage>> {
    const project = flagOf(query.all_projects) ? null : projectOf(ctx);
    if (project === null) this.#deps.policy.authorize(ctx, 'image:get_all_all_projects');
    const sort = parseSort([{ key: query.sort_key ?? 'id', direction: query.sort_dir ?? 'asc' }], SORTABLE);
    const marker = query.marker === undefined ? null : (await this.get(ctx, query.marker)).id;
    const limit = Math.min(query.limit ?? MAX_LIMIT, MAX_LIMIT);
    return hostImageStore.list(this.#db, project, { limit, marker, sort });
  }

  async get(ctx: Ctx, id: string, rule = 'image:get_one'): Promise<HostImage> {
    const image = await hostImageStore.find(this.#db, id);
    if (!image) throw hostImageNotFound(id);
    const target = { project_id: image.projectId, user_id: image.userId };
    this.#deps.policy.authorizeVisible(ctx, rule, target, () => hostImageNotFound(id));
    return image;
  }

  /** A pull under way sees that its record is gone, and ends. What containers have of the image stays. */
  async delete(ctx: Ctx, id: string): Promise<void> {
    const { database, events, tasks } = this.#deps;
    const image = await this.get(ctx, id, 'image:delete');
    await database.transaction<ContainerTables, void>(async (tx) => {
      await hostImageStore.delete(tx, id);
      await events.append(tx, hostImageEvent(image, 'deleted'));
    });
    events.publish();
    await forgetImage(this.#deps, image.host, id);
    await tasks.wake(hostImageTarget(id));
  }

  #draft(ctx: Ctx, body: PullImageBody, host: string): HostImage {
    const now = isoTime(this.#deps.clock.now());
    return {
      id: newUuid(),
      projectId: projectOf(ctx),
      userId: ctx.user.id,
      host,
      ...readImageName(body.repo, body.tag ?? undefined),
      driver: body.image_driver ?? null,
      pullPolicy: body.image_pull_policy?.toLowerCase() ?? null,
      createdAt: now,
      updatedAt: now,
      status: 'Pulling',
      reason: null,
      image: null,
      imageId: null,
      size: null,
    };
  }

  async #accept(ctx: Ctx, image: HostImage): Promise<void> {
    const { database, tasks, events } = this.#deps;
    const accept = database.transaction<ContainerTables, void>(async (tx) => {
      await hostImageStore.insert(tx, image);
      await tasks.start(tx, {
        kind: PULL_IMAGE,
        target: hostImageTarget(image.id),
        projectId: image.projectId,
        ctx: storeCtx(ctx),
        input: { id: image.id, host: image.host },
        whenBusy: 'refuse',
      });
      await events.append(tx, hostImageEvent(image, 'pulling'));
    });
    await accept.catch((thrown: unknown) => {
      throw database.engine.isUniqueViolation(thrown) ? hostImageExists(image) : thrown;
    });
  }

  get #db() {
    return this.#deps.database.handle<ContainerTables>();
  }
}
