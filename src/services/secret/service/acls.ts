import { isoTime } from '#kernel/clock.ts';
import type { Ctx } from '#kernel/context.ts';
import type { Db } from '#kernel/db/database.ts';
import { OPEN_TO_PROJECT, type Acl } from '../model/access.ts';
import { aclStore } from '../store/guarded.ts';
import type { SecretTables } from '../tables.ts';
import type { SecretDeps } from './deps.ts';
import type { GuardedKind } from './guarded.ts';

/** An ACL with whom it names. */
export interface NamedAcl extends Acl {
  readonly users: readonly string[];
}

/** What to change of an ACL; absent = as it is. */
export interface AclChange {
  readonly projectAccess?: boolean | undefined;
  readonly users?: readonly string[] | undefined;
}

/** Use-cases on who may read one kind of object. */
export class AclService {
  readonly #deps: SecretDeps;
  readonly #kind: GuardedKind;

  constructor(deps: SecretDeps, kind: GuardedKind) {
    this.#deps = deps;
    this.#kind = kind;
  }

  async get(ctx: Ctx, id: string): Promise<NamedAcl> {
    const { acl } = await this.#kind.get(ctx, id, `${this.#kind.rules}_acls:get`);
    return { ...acl, users: await aclStore.users(this.#db, id) };
  }

  /** What is not said is as if nobody had ever set an ACL. */
  replace(ctx: Ctx, id: string, { projectAccess = true, users = [] }: AclChange): Promise<void> {
    return this.change(ctx, id, { projectAccess, users });
  }

  async change(ctx: Ctx, id: string, { projectAccess, users }: AclChange): Promise<void> {
    const { acl } = await this.#kind.get(ctx, id, `${this.#kind.rules}_acls:put_patch`);
    const now = isoTime(this.#deps.clock.now());
    await this.#save(id, {
      projectAccess: projectAccess ?? acl.projectAccess,
      createdAt: acl.createdAt ?? now,
      updatedAt: now,
      users: users && [...new Set(users)],
    });
  }

  async remove(ctx: Ctx, id: string): Promise<void> {
    await this.#kind.get(ctx, id, `${this.#kind.rules}_acls:delete`);
    await this.#save(id, { ...OPEN_TO_PROJECT, users: [] });
  }

  async #save(id: string, { users, ...acl }: Acl & { users: readonly string[] | undefined }): Promise<void> {
    await this.#deps.database.transaction<SecretTables, void>(async (tx) => {
      await aclStore.save(tx, this.#kind.table, { id, acl });
      if (users) await aclStore.setUsers(tx, id, users);
    });
  }

  get #db(): Db<SecretTables> {
    return this.#deps.database.handle<SecretTables>();
  }
}
