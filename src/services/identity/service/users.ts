import { isoTime } from '#kernel/clock.ts';
import type { Ctx } from '#kernel/context.ts';
import { notFound } from '#kernel/errors.ts';
import { newHexId } from '#kernel/ids.ts';
import type { Page } from '#kernel/paging.ts';
import { nameTaken, userNotFound, type Group, type User } from '../model/user.ts';
import { projectStore } from '../store/projects.ts';
import { groupStore, userStore, type UserFilter } from '../store/users.ts';
import { refused } from './auth-methods.ts';
import { handleOf, inTransaction, storing, type IdentityDeps } from './deps.ts';
import { pageByName, type PageQuery } from './paging.ts';
import type { Passwords } from './passwords.ts';
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

export interface UserDeps extends IdentityDeps {
  readonly tokens: TokenService;
  readonly passwords: Passwords;
}

/** Use-cases on users. */
export class UserService {
  readonly #deps: UserDeps;

  constructor(deps: UserDeps) {
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
    const options = withOptions({}, body.options);
    const user: User = {
      id: newHexId(),
      name: body.name.trim(),
      domainId,
      enabled: body.enabled ?? true,
      defaultProjectId: body.default_project_id ?? null,
      description: body.description ?? null,
      email: body.email ?? null,
      options,
      extra: body.extra ?? {},
      activeAt: isoTime(this.#deps.clock.now()),
      ...(await this.#deps.passwords.set({ options }, body.password || null)),
    };
    await storing(
      this.#deps,
      () => nameTaken('user', user.name),
      (tx) => userStore.insert(tx, user),
    );
    return user;
  }

  async update(ctx: Ctx, id: string, change: UserChange): Promise<User> {
    const before = await this.get(ctx, id);
    const options = withOptions(before.options, change.options);
    const { password } = change;
    const after: User = {
      ...before,
      name: change.name ?? before.name,
      enabled: change.enabled ?? before.enabled,
      defaultProjectId:
        change.default_project_id === undefined ? before.defaultProjectId : change.default_project_id,
      description: change.description === undefined ? before.description : change.description,
      email: change.email === undefined ? before.email : change.email,
      options,
      extra: { ...before.extra, ...change.extra },
      ...(change.enabled === true && !before.enabled ? { activeAt: isoTime(this.#deps.clock.now()) } : {}),
      ...(password === undefined ? {} : await this.#deps.passwords.set({ options }, password)),
    };
    await storing(
      this.#deps,
      () => nameTaken('user', after.name),
      (tx) => userStore.update(tx, after),
    );
    if (password !== undefined || (before.enabled && !after.enabled)) await this.#deps.tokens.revokeUser(id);
    this.#deps.identityChanged();
    return after;
  }

  /** A user's own change of password: the old one proves who asks. */
  async changePassword(id: string, original: string, password: string): Promise<void> {
    const user = await userStore.find(this.#db, id);
    const proven = await this.#deps.passwords.verify(user, original);
    if (!user || !proven || !user.enabled) throw refused();
    await this.#deps.passwords.change(user, password);
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

  get #db() {
    return handleOf(this.#deps);
  }
}

/** Null takes an option away. */
const withOptions = (before: User['options'], change: User['options'] = {}): User['options'] =>
  Object.fromEntries(Object.entries({ ...before, ...change }).filter(([, value]) => value !== null));
