import { isoTime } from '#kernel/clock.ts';
import { projectOf, type Ctx } from '#kernel/context.ts';
import type { Db } from '#kernel/db/database.ts';
import { CloudError, conflict } from '#kernel/errors.ts';
import { isUuid, newUuid } from '#kernel/ids.ts';
import type { Page, PageRequest } from '#kernel/paging.ts';
import { assertCan, assertWithinQuota, imageNotFound, type Image } from '../model/image.ts';
import { applyPatch, writeAttribute, type PatchOperation } from '../model/patch.ts';
import { imageStore, type ImageFilter } from '../store/images.ts';
import { memberStore } from '../store/members.ts';
import type { ImageTables } from '../tables.ts';
import type { ImageDeps } from './deps.ts';
import { Limits } from './limits.ts';

/** Use-cases on images' records; their bytes are `ImageDataService`'s. */
export class ImageService {
  readonly #deps: ImageDeps;
  readonly #limits: Limits;

  constructor(deps: ImageDeps) {
    this.#deps = deps;
    this.#limits = new Limits(deps);
  }

  list(_ctx: Ctx, filter: ImageFilter, page: PageRequest): Promise<Page<Image>> {
    return imageStore.list(this.#db, filter, page);
  }

  /** An image the caller may see. @throws CloudError `not-found` for all others. */
  async get(ctx: Ctx, id: string): Promise<Image> {
    const image = isUuid(id) ? await imageStore.find(this.#db, id) : undefined;
    if (!image || !(await this.#isVisible(ctx, image))) throw imageNotFound(id);
    return image;
  }

  /** An image the caller may see and the rule lets them change. */
  async getFor(ctx: Ctx, id: string, rule: string): Promise<Image> {
    const image = await this.get(ctx, id);
    this.#deps.policy.authorize(ctx, rule, { project_id: image.owner });
    return image;
  }

  async create(ctx: Ctx, attributes: Readonly<Record<string, unknown>>): Promise<Image> {
    const { id, ...rest } = attributes;
    const now = isoTime(this.#deps.clock.now());
    const image = Object.entries(rest).reduce(
      (made, [name, value]) => writeAttribute(made, name, value),
      blankImage(typeof id === 'string' ? id : newUuid(), projectOf(ctx), now),
    );
    this.#assertAllowed(ctx, image, null);
    assertWithinQuota(image);
    await this.#limits.assert(image.owner, { image_count_total: 1 });
    try {
      await this.#deps.database.transaction<ImageTables, void>((tx) => imageStore.insert(tx, image));
    } catch (thrown) {
      if (this.#deps.database.engine.isUniqueViolation(thrown))
        throw conflict(`Image ID ${image.id} already exists!`);
      throw thrown;
    }
    return image;
  }

  /** The image with this id, made if it is not there. @throws CloudError `conflict` when another project has it */
  async ensure(ctx: Ctx, id: string, attributes: Readonly<Record<string, unknown>>): Promise<Image> {
    const there = await imageStore.find(this.#db, id);
    if (!there) return this.create(ctx, { ...attributes, id });
    if (there.owner === projectOf(ctx)) return there;
    throw conflict(`Image ID ${id} already exists!`);
  }

  async patch(ctx: Ctx, id: string, operations: readonly PatchOperation[]): Promise<Image> {
    const before = await this.getFor(ctx, id, 'modify_image');
    const after = this.#touched(applyPatch(before, operations));
    this.#assertAllowed(ctx, after, before);
    assertWithinQuota(after);
    return this.save(after, before);
  }

  async setActive(ctx: Ctx, id: string, active: boolean): Promise<void> {
    const action = active ? 'reactivate' : 'deactivate';
    const image = await this.getFor(ctx, id, action);
    assertCan(image, action);
    await this.save(this.#touched({ ...image, status: active ? 'active' : 'deactivated' }), image);
  }

  async setTag(ctx: Ctx, id: string, tag: string, present: boolean): Promise<void> {
    const image = await this.getFor(ctx, id, 'modify_image');
    const others = image.tags.filter((other) => other !== tag);
    if (!present && others.length === image.tags.length)
      throw new CloudError('not-found', `Image ${id} has no tag '${tag}'.`);
    const tagged = this.#touched({ ...image, tags: present ? [...others, tag] : others });
    assertWithinQuota(tagged);
    await this.save(tagged, image);
  }

  /** Writes an image unless its state changed meanwhile. */
  async save(image: Image, before: Image): Promise<Image> {
    const written = await this.#deps.database.transaction<ImageTables, boolean>((tx) =>
      imageStore.update(tx, image, before.status),
    );
    if (written) return image;
    throw conflict(`Image ${image.id} was changed by another request; try again.`);
  }

  /**
   * Changes some of an image that is still in the state it was seen in; what others changed meanwhile stays.
   * @throws CloudError `conflict` when it is not
   */
  async change(seen: Pick<Image, 'id' | 'status'>, changes: Partial<Image>): Promise<Image> {
    const changed = await this.#deps.database.transaction<ImageTables, Image | undefined>(async (tx) => {
      const now = await imageStore.find(tx, seen.id);
      const next = now && this.#touched({ ...now, ...changes });
      return next && (await imageStore.update(tx, next, seen.status)) ? next : undefined;
    });
    if (!changed) throw conflict(`Image ${seen.id} was changed by another request; try again.`);
    return changed;
  }

  #touched(image: Image): Image {
    return { ...image, updatedAt: isoTime(this.#deps.clock.now()) };
  }

  async #isVisible(ctx: Ctx, image: Image): Promise<boolean> {
    if (ctx.isAdmin || image.owner === ctx.project?.id) return true;
    if (image.visibility === 'public' || image.visibility === 'community') return true;
    if (image.visibility !== 'shared') return false;
    return (await memberStore.find(this.#db, image.id, projectOf(ctx))) !== undefined;
  }

  /** What only some may set: another owner, and visibility beyond the own project. */
  #assertAllowed(ctx: Ctx, image: Image, before: Image | null): void {
    const { policy } = this.#deps;
    const target = { project_id: image.owner };
    if (before === null) policy.authorize(ctx, 'add_image', target);
    else if (image.owner !== before.owner) policy.authorize(ctx, 'admin');
    if (image.visibility === before?.visibility) return;
    if (image.visibility === 'public') policy.authorize(ctx, 'publicize_image', target);
    if (image.visibility === 'community') policy.authorize(ctx, 'communitize_image', target);
  }

  get #db(): Db<ImageTables> {
    return this.#deps.database.handle();
  }
}

const blankImage = (id: string, owner: string, now: string): Image => ({
  id,
  name: null,
  status: 'queued',
  visibility: 'shared',
  owner,
  size: null,
  virtualSize: null,
  diskFormat: null,
  containerFormat: null,
  md5: null,
  sha512: null,
  hidden: false,
  protected: false,
  minRam: 0,
  minDisk: 0,
  tags: [],
  properties: {},
  stores: [],
  receiver: null,
  createdAt: now,
  updatedAt: now,
});
