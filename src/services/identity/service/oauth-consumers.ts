import type { Ctx } from '#kernel/context.ts';
import { newHexId, newSecret } from '#kernel/ids.ts';
import type { Vault } from '#kernel/vault/vault.ts';
import { consumerNotFound, type OauthConsumer } from '../model/oauth.ts';
import { consumerStore } from '../store/oauth.ts';
import { handleOf, inTransaction, type IdentityDeps } from './deps.ts';

/** Use-cases on the programs that may ask users for access. Their secrets lie sealed and are shown once. */
export class OauthConsumerService {
  readonly #deps: IdentityDeps & { readonly vault: Vault };

  constructor(deps: IdentityDeps & { readonly vault: Vault }) {
    this.#deps = deps;
  }

  list(_ctx: Ctx): Promise<OauthConsumer[]> {
    return consumerStore.list(this.#db);
  }

  async get(_ctx: Ctx, id: string): Promise<OauthConsumer> {
    const consumer = await consumerStore.find(this.#db, id);
    if (!consumer) throw consumerNotFound(id);
    return consumer;
  }

  async create(
    _ctx: Ctx,
    { description }: { readonly description?: string | null },
  ): Promise<OauthConsumer & { readonly secret: string }> {
    const [id, secret] = [newHexId(), newSecret()];
    const consumer: OauthConsumer = {
      id,
      description: description ?? '',
      secretSealed: await this.#deps.vault.seal('identity', secret, `oauth/${id}`),
    };
    await consumerStore.insert(this.#db, consumer);
    return { ...consumer, secret };
  }

  async update(
    ctx: Ctx,
    id: string,
    { description }: { readonly description?: string | null },
  ): Promise<OauthConsumer> {
    const before = await this.get(ctx, id);
    const after = { ...before, description: description ?? '' };
    await consumerStore.setDescription(this.#db, id, after.description);
    return after;
  }

  /** With all access that its users gave it, at once. */
  async delete(ctx: Ctx, id: string): Promise<void> {
    await this.get(ctx, id);
    await inTransaction(this.#deps, (tx) => consumerStore.delete(tx, id));
    this.#deps.identityChanged();
  }

  get #db() {
    return handleOf(this.#deps);
  }
}
