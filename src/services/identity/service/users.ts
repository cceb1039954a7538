import { isoTime } from '#kernel/clock.ts';
import type { Ctx } from '#kernel/context.ts';
import { CloudError, notFound } from '#kernel/errors.ts';
import { newHexId } from '#kernel/ids.ts';
import type { Page } from '#kernel/paging.ts';
import { assertPasswordUnlocked, nameTaken, userNotFound, type Group, type User } from '../model/user.ts';
import { hashPassword, verifyPassword } from '../passwords.ts';
import { projectStore } from '../store/projects.ts';
import { groupStore, userStore, type UserFilter } from '../store/users.ts';
import { handleOf, inTransaction, storing, type IdentityDeps } from './deps.ts';
import { pageByName, type PageQuery } from './paging.ts';
import type { TokenService } from './tokens.ts';

export interface NewUser {
  readonly name: string;
  readonly domain_id?: string;
  readonly enabled?: boolean;
  readonly default_project_id?: string | null;
  readonly description?: string | null;
  readonly email?: string | null;
  readonly password?: string | null;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly extra?: Readonly<Record<string, unknown>>;
}

export type UserChange = Partial<Omit<NewUser, 'domain_id'>>;

/** Use-cases on users. */
export class UserService {
  readonly #deps: IdentityDeps & { readonly tokens: TokenService };

  constructor(deps: IdentityDeps & { readonly tokens: TokenService }) {
    this.#deps = deps;
  }

  list(_ctx: Ctx, filter: UserFilter, page: PageQuery = {}): Promise<Page<User>> {
    const find = (id: string) => userStore.find(this.#db, id);
    return pageByName(page, find, (part) => userStore.list(this.#db, filter, part));
  }

  async get(ctx: Ctx, id: string): Promise<User> {
    this.#deps.policy.authorize(ctx, 'identity:get_user', { user_id: id });
    const user = await userStore.find(this.#db, id);
    if (!user) throw userNotFound(id);
    return user;
  }

  async create(ctx: Ctx, body: NewUser): Promise<User> {
    const domainId = body.domain_id ?? ctx.project?.domain.id ?? ctx.user.domain.id;
    if (!(await projectStore.find(this.#db, domainId))?.isDomain)
      throw notFound(`Could not find domain: ${domainId}.`);
    const user: User = {
      id: newHexId(),
      name: body.name.trim(),
      domainId,
      enabled: body.enabled ?? true,
      defaultProjectId: body.default_project_id ?? null,
      description: body.description ?? null,
      email: body.email ?? null,
      options: body.options ?? {},
      extra: body.extra ?? {},
      passwordHash: body.password ? await hashPassword(body.password) : null,
      passwordChangedAt: isoTime(this.#deps.clock.now()),
    };
    await storing(
      this.#deps,
      () => nameTaken('user', user.name),
      () => userStore.insert(this.#db, user),
    );
    return user;
  }

  async update(ctx: Ctx, id: string, change: UserChange): Promise<User> {
    const before = await this.get(ctx, id);
    if (change.password !== undefined) assertPasswordUnlocked(before);
    const after: User = {
      ...before,
      name: change.name ?? before.name,
      enabled: change.enabled ?? before.enabled,
      defaultProjectId:
        change.default_project_id === undefined ? before.defaultProjectId : change.default_project_id,
      description: change.description === undefined ? before.description : change.description,
      email: change.email === undefined ? before.email : change.email,
      options: { ...before.options, ...change.options },
      extra: { ...before.extra, ...change.extra },
      ...(change.password === undefined ? {} : await this.#newPassword(change.password)),
    };
    await storing(
      this.#deps,
      () => nameTaken('user', after.name),
      () => userStore.update(this.#db, after),
    );
    if (change.password !== undefined || (before.enabled && !after.enabled))
      await this.#deps.tokens.revokeUser(id);
    this.#deps.identityChanged();
    return after;
  }

  /** A user's own change of password: the old one proves who asks. */
  async changePassword(id: string, original: string, password: string): Promise<void> {
    const user = await userStore.find(this.#db, id);
    const proven = await verifyPassword(user?.passwordHash ?? null, original);
    if (!user || !proven || !user.enabled)
      throw new CloudError('unauthenticated', 'The request you have made requires authentication.');
    assertPasswordUnlocked(user);
    await userStore.update(this.#db, { ...user, ...(await this.#newPassword(password)) });
    await this.#deps.tokens.revokeUser(id);
    this.#deps.identityChanged();
  }

  async delete(ctx: Ctx, id: string): Promise<void> {
    await this.get(ctx, id);
    await inTransaction(this.#deps, (tx) => userStore.delete(tx, id));
    await this.#deps.tokens.revokeUser(id);
    this.#deps.identityChanged();
  }

  async groups(ctx: Ctx, id: string): Promise<Group[]> {
    await this.get(ctx, id);
    return groupStore.list(this.#db, { userId: id });
  }

  async #newPassword(password: string | null): Promise<Pick<User, 'passwordHash' | 'passwordChangedAt'>> {
    return {
      passwordHash: password === null ? null : await hashPassword(password),
      passwordChangedAt: isoTime(this.#deps.clock.now()),
    };
  }

  get #db() {
    return handleOf(this.#deps);
  }
}
