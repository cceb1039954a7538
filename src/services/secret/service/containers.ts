import { isoTime } from '#kernel/clock.ts';
import { projectOf, type Ctx } from '#kernel/context.ts';
import type { Db } from '#kernel/db/database.ts';
import { notFound } from '#kernel/errors.ts';
import { isUuid, newUuid } from '#kernel/ids.ts';
import { OPEN_TO_PROJECT } from '../model/access.ts';
import { addMember, assertShape, removeMember, type Container, type Member } from '../model/container.ts';
import { containerNotFound, secretNotFound } from '../model/refs.ts';
import { containerStore, type ContainerFilter } from '../store/containers.ts';
import type { Listed, OffsetPage } from '../store/guarded.ts';
import { quotaStore } from '../store/quotas.ts';
import { secretStore } from '../store/secrets.ts';
import type { SecretTables } from '../tables.ts';
import { authorizeOn } from './access.ts';
import type { SecretDeps } from './deps.ts';

/** Use-cases on containers of secrets. */
export class ContainerService {
  readonly #deps: SecretDeps;

  constructor(deps: SecretDeps) {
    this.#deps = deps;
  }

  list(_ctx: Ctx, filter: ContainerFilter, page: OffsetPage): Promise<Listed<Container>> {
    return containerStore.list(this.#db, filter, page);
  }

  /** A container on which the rule lets the caller act. @throws CloudError `not-found`, `forbidden` */
  async get(ctx: Ctx, id: string, rule = 'container:get'): Promise<Container> {
    const container = isUuid(id) ? await containerStore.find(this.#db, id) : undefined;
    if (!container) throw containerNotFound();
    await authorizeOn(this.#deps, ctx, { rule, object: container });
    return container;
  }

  /** @throws CloudError `bad-request`, `not-found` for a secret, `quota` */
  async create(ctx: Ctx, draft: Pick<Container, 'name' | 'type' | 'members'>): Promise<Container> {
    assertShape(draft.type, draft.members);
    const now = isoTime(this.#deps.clock.now());
    const container: Container = {
      ...draft,
      id: newUuid(),
      projectId: projectOf(ctx),
      creatorId: ctx.user.id,
      acl: OPEN_TO_PROJECT,
      createdAt: now,
      updatedAt: now,
    };
    await this.#deps.database.transaction<SecretTables, void>(async (tx) => {
      await this.#assertSecrets(tx, container);
      await quotaStore.assertRoom(tx, container.projectId, 'containers');
      await containerStore.insert(tx, container);
    });
    return container;
  }

  async delete(ctx: Ctx, id: string): Promise<void> {
    const container = await this.get(ctx, id, 'container:delete');
    await this.#deps.database.transaction<SecretTables, void>((tx) =>
      containerStore.delete(tx, container.id),
    );
  }

  async addSecret(ctx: Ctx, id: string, added: Member): Promise<void> {
    const { id: known } = await this.get(ctx, id, 'container_secret:post');
    await this.#change(known, (container) => addMember(container, added));
  }

  async removeSecret(ctx: Ctx, id: string, gone: Member): Promise<void> {
    const { id: known } = await this.get(ctx, id, 'container_secret:delete');
    await this.#change(known, (container) => {
      const rest = removeMember(container, gone);
      if (!rest) throw notFound('The secret is not in the container.');
      return rest;
    });
  }

  async #change(id: string, act: (container: Container) => readonly Member[]): Promise<void> {
    const updatedAt = isoTime(this.#deps.clock.now());
    await this.#deps.database.transaction<SecretTables, void>(async (tx) => {
      const before = await containerStore.find(tx, id);
      if (!before) throw containerNotFound();
      const after = { ...before, members: act(before), updatedAt };
      if (after.members.length > before.members.length) await this.#assertSecrets(tx, after);
      await containerStore.setMembers(tx, after);
    });
  }

  /** Its secrets are there, in its own project. */
  async #assertSecrets(tx: Db<SecretTables>, { projectId, members }: Container): Promise<void> {
    const ids = members.map(({ secretId }) => secretId);
    const secrets = await secretStore.findAll(tx, ids, isoTime(this.#deps.clock.now()));
    const own = new Set(secrets.filter((secret) => secret.projectId === projectId).map(({ id }) => id));
    if (ids.some((secretId) => !own.has(secretId))) throw secretNotFound();
  }

  get #db(): Db<SecretTables> {
    return this.#deps.database.handle<SecretTables>();
  }
}
