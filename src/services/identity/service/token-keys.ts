import type { Ctx } from '#kernel/context.ts';
import type { TokenKey, TokenKeys } from '../tokens/keys.ts';
import { tellOthersLater } from './changes.ts';
import type { IdentityDeps } from './deps.ts';

/** Use-cases on the keys of tokens; nobody ever sees a key itself. */
export class TokenKeyService {
  readonly #deps: IdentityDeps & { readonly keys: TokenKeys };

  constructor(deps: IdentityDeps & { readonly keys: TokenKeys }) {
    this.#deps = deps;
  }

  list(_ctx: Ctx): readonly TokenKey[] {
    return this.#deps.keys.list();
  }

  /** A new key, which will sign in half a minute; those before it verify as long as there are tokens of theirs. */
  async create(_ctx: Ctx): Promise<TokenKey> {
    const key = await this.#deps.keys.rotate();
    await tellOthersLater(this.#deps.database, this.#deps.log);
    return key;
  }

  /** Ends all tokens that the key signed, at once. */
  async delete(_ctx: Ctx, id: string): Promise<void> {
    await this.#deps.keys.drop(id);
    this.#deps.identityChanged();
    await tellOthersLater(this.#deps.database, this.#deps.log);
  }
}
