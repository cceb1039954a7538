import type { Ctx } from '#kernel/context.ts';
import { notFound } from '#kernel/errors.ts';
import { newHexId } from '#kernel/ids.ts';
import type { Page } from '#kernel/paging.ts';
import { groupNotFound, nameTaken, userNotFound, type Group, type User } from '../model/user.ts';
import { groupStore, userStore, type GroupFilter } from '../store/users.ts';
import { handleOf, inTransaction, storing, type IdentityDeps } from './deps.ts';
import { pageByName, type PageQuery } from './paging.ts';

/** Use-cases on groups and their members. */
export class GroupService {
  readonly #deps: IdentityDeps;

  constructor(deps: IdentityDeps) {
    this.#deps = deps;
  }

  list(_ctx: Ctx, filter: GroupFilter, page: PageQuery = {}): Promise<Page<Group>> {
    const find = (id: string) => groupStore.find(this.#db, id);
    return pageByName(page, find, (part) => groupStore.list(this.#db, filter, part));
  }

  async get(_ctx: Ctx, id: string): Promise<Group> {
    const group = await groupStore.find(this.#db, id);
    if (!group) throw groupNotFound(id);
    return group;
  }

  async create(
    ctx: Ctx,
    body: { name: string; domain_id?: string; description?: string | null },
  ): Promise<Group> {
    const domainId = body.domain_id ?? ctx.project?.domain.id ?? ctx.user.domain.id;
    const group: Group = {
      id: newHexId(),
      name: body.name.trim(),
      domainId,
      description: body.description ?? '',
    };
    await storing(
      this.#deps,
      () => nameTaken('group', group.name),
      (tx) => groupStore.insert(tx, group),
    );
    return group;
  }

  async update(ctx: Ctx, id: string, change: { name?: string; description?: string | null }): Promise<Group> {
    const before = await this.get(ctx, id);
    const after: Group = {
      ...before,
      name: change.name ?? before.name,
      description: change.description === undefined ? before.description : (change.description ?? ''),
    };
    await storing(
      this.#deps,
      () => nameTaken('group', after.name),
      (tx) => groupStore.update(tx, after),
    );
    return after;
  }

  async delete(ctx: Ctx, id: string): Promise<void> {
    await this.get(ctx, id);
    await inTransaction(this.#deps, (tx) => groupStore.delete(tx, id));
    this.#deps.identityChanged();
  }

  async members(ctx: Ctx, id: string): Promise<User[]> {
    await this.get(ctx, id);
    return userStore.list(this.#db, { groupId: id });
  }

  async checkMember(ctx: Ctx, id: string, userId: string): Promise<void> {
    await this.get(ctx, id);
    if (!(await groupStore.isMember(this.#db, id, userId)))
      throw notFound(`Could not find user ${userId} in group ${id}.`);
  }

  async addMember(ctx: Ctx, id: string, userId: string): Promise<void> {
    await this.get(ctx, id);
    if (!(await userStore.find(this.#db, userId))) throw userNotFound(userId);
    await groupStore.addMember(this.#db, id, userId);
    this.#deps.identityChanged();
  }

  async removeMember(ctx: Ctx, id: string, userId: string): Promise<void> {
    await this.checkMember(ctx, id, userId);
    await groupStore.removeMember(this.#db, id, userId);
    this.#deps.identityChanged();
  }

  get #db() {
    return handleOf(this.#deps);
  }
}
