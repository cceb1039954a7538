import { isoTime } from '#kernel/clock.ts';
import type { Ctx } from '#kernel/context.ts';
import type { Db } from '#kernel/db/database.ts';
import { CloudError, conflict, forbidden } from '#kernel/errors.ts';
import { MAX_MEMBERS, memberNotFound, type Image, type Member } from '../model/image.ts';
import { memberStore } from '../store/members.ts';
import type { ImageTables } from '../tables.ts';
import type { ImageDeps } from './deps.ts';
import type { ImageService } from './images.ts';

/** Use-cases on sharing: the owner offers, the other project accepts. */
export class MemberService {
  readonly #deps: ImageDeps & { readonly images: ImageService };

  constructor(deps: ImageDeps & { readonly images: ImageService }) {
    this.#deps = deps;
  }

  async list(ctx: Ctx, imageId: string): Promise<Member[]> {
    const image = await this.#deps.images.get(ctx, imageId);
    const members = await memberStore.list(this.#db, image.id);
    return this.#owns(ctx, image) ? members : members.filter((member) => member.member === ctx.project?.id);
  }

  async get(ctx: Ctx, imageId: string, memberId: string): Promise<Member> {
    const image = await this.#deps.images.get(ctx, imageId);
    const member = await memberStore.find(this.#db, image.id, memberId);
    if (!member || !(this.#owns(ctx, image) || memberId === ctx.project?.id))
      throw memberNotFound(imageId, memberId);
    return member;
  }

  async add(ctx: Ctx, imageId: string, memberId: string): Promise<Member> {
    const image = await this.#deps.images.getFor(ctx, imageId, 'add_member');
    if (image.visibility !== 'shared') throw forbidden('Only shared images have members.');
    const members = await memberStore.list(this.#db, image.id);
    if (members.length >= MAX_MEMBERS)
      throw new CloudError('too-large', `The limit of ${MAX_MEMBERS} image members has been exceeded.`);
    if (members.some((member) => member.member === memberId))
      throw conflict(`Member ${memberId} is duplicated for image ${imageId}.`);
    const now = isoTime(this.#deps.clock.now());
    const member: Member = {
      imageId: image.id,
      member: memberId,
      status: 'pending',
      createdAt: now,
      updatedAt: now,
    };
    await memberStore.insert(this.#db, member);
    return member;
  }

  async setStatus(ctx: Ctx, imageId: string, memberId: string, status: Member['status']): Promise<Member> {
    const before = await this.get(ctx, imageId, memberId);
    this.#deps.policy.authorize(ctx, 'modify_member', { project_id: memberId });
    const member = { ...before, status, updatedAt: isoTime(this.#deps.clock.now()) };
    await memberStore.update(this.#db, member);
    return member;
  }

  async remove(ctx: Ctx, imageId: string, memberId: string): Promise<void> {
    await this.#deps.images.getFor(ctx, imageId, 'delete_member');
    if (!(await memberStore.delete(this.#db, imageId, memberId))) throw memberNotFound(imageId, memberId);
  }

  #owns(ctx: Ctx, image: Image): boolean {
    return ctx.isAdmin || image.owner === ctx.project?.id;
  }

  get #db(): Db<ImageTables> {
    return this.#deps.database.handle();
  }
}
