import { isoTime } from '#kernel/clock.ts';
import { projectOf, type Ctx } from '#kernel/context.ts';
import type { Db } from '#kernel/db/database.ts';
import { conflict, notFound } from '#kernel/errors.ts';
import { isUuid, newUuid } from '#kernel/ids.ts';
import { OPEN_TO_PROJECT } from '../model/access.ts';
import { secretNotFound } from '../model/refs.ts';
import { sealedFor, type Secret } from '../model/secret.ts';
import type { SecretPayload } from '../port.ts';
import type { Listed } from '../store/guarded.ts';
import { quotaStore } from '../store/quotas.ts';
import { secretStore, type SecretFilter, type SecretPage } from '../store/secrets.ts';
import type { SecretTables } from '../tables.ts';
import { authorizeOn } from './access.ts';
import type { SecretDeps } from './deps.ts';

/** What its maker says of a secret. */
export type SecretDraft = Pick<
  Secret,
  'name' | 'type' | 'algorithm' | 'bitLength' | 'mode' | 'expiration'
> & { readonly id?: string; readonly payload: SecretPayload | null };

/** Use-cases on secrets and their payloads. */
export class SecretService {
  readonly #deps: SecretDeps;

  constructor(deps: SecretDeps) {
    this.#deps = deps;
  }

  list(_ctx: Ctx, filter: SecretFilter, page: Omit<SecretPage, 'now'>): Promise<Listed<Secret>> {
    return secretStore.list(this.#db, filter, { ...page, now: this.#now() });
  }

  /** A secret on which the rule lets the caller act. @throws CloudError `not-found`, `forbidden` */
  async get(ctx: Ctx, id: string, rule = 'secret:get'): Promise<Secret> {
    const secret = isUuid(id) ? await secretStore.find(this.#db, id, this.#now()) : undefined;
    if (!secret) throw secretNotFound();
    await authorizeOn(this.#deps, ctx, { rule, object: secret });
    return secret;
  }

  /** @throws CloudError `quota`. One of this id may be there: then nothing changes. */
  async create(ctx: Ctx, draft: SecretDraft): Promise<Secret> {
    const { database } = this.#deps;
    const secret = this.#newSecret(ctx, draft);
    const sealed = draft.payload && (await this.#seal(secret, draft.payload));
    await database.transaction<SecretTables, void>(async (tx) => {
      if (await secretStore.find(tx, secret.id, '')) return;
      await quotaStore.assertRoom(tx, secret.projectId, 'secrets');
      await secretStore.insert(tx, secret, sealed);
    });
    return secret;
  }

  /** The payload of a secret that the caller may read. @throws CloudError `not-found`, `forbidden` */
  async payload(ctx: Ctx, id: string): Promise<SecretPayload> {
    const secret = await this.get(ctx, id, 'secret:decrypt');
    const sealed = await secretStore.sealed(this.#db, id);
    if (secret.contentType === null || sealed === null) throw notFound('The secret has no payload.');
    const bytes = await this.#deps.vault.open(secret.projectId, sealed, sealedFor(secret));
    return { bytes, contentType: secret.contentType };
  }

  /** @throws CloudError `conflict` when it has one. */
  async setPayload(ctx: Ctx, id: string, payload: SecretPayload): Promise<void> {
    const secret = await this.get(ctx, id, 'secret:put');
    const filled = { ...secret, contentType: payload.contentType, updatedAt: this.#now() };
    const done =
      secret.contentType === null &&
      (await secretStore.fill(this.#db, filled, await this.#seal(secret, payload)));
    if (!done) throw conflict('Secret already has data, cannot modify it.');
  }

  async delete(ctx: Ctx, id: string): Promise<void> {
    const secret = await this.get(ctx, id, 'secret:delete');
    await this.#deps.database.transaction<SecretTables, void>((tx) => secretStore.delete(tx, [secret.id]));
  }

  #newSecret(ctx: Ctx, { id = newUuid(), payload, ...said }: SecretDraft): Secret {
    const now = this.#now();
    return {
      ...said,
      id,
      projectId: projectOf(ctx),
      creatorId: ctx.user.id,
      contentType: payload?.contentType ?? null,
      acl: OPEN_TO_PROJECT,
      createdAt: now,
      updatedAt: now,
    };
  }

  #seal(secret: Secret, { bytes }: SecretPayload): Promise<string> {
    return this.#deps.vault.seal(secret.projectId, bytes, sealedFor(secret));
  }

  #now(): string {
    return isoTime(this.#deps.clock.now());
  }

  get #db(): Db<SecretTables> {
    return this.#deps.database.handle<SecretTables>();
  }
}
