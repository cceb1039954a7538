import { isoTime } from '#kernel/clock.ts';
import type { Ctx } from '#kernel/context.ts';
import { CloudError, forbidden } from '#kernel/errors.ts';
import { newHexId, newSecret } from '#kernel/ids.ts';
import type { Vault } from '#kernel/vault/vault.ts';
import { isPast } from '../model/expiry.ts';
import { oauthTokenNotFound, type OauthConsumer, type OauthToken } from '../model/oauth.ts';
import { isOauthSigned, parseOauthHeader } from '../model/oauth-signature.ts';
import { projectNotFound } from '../model/project.ts';
import { roleNotFound, type Role } from '../model/role.ts';
import { consumerStore, oauthTokenStore } from '../store/oauth.ts';
import { projectStore } from '../store/projects.ts';
import { roleStore } from '../store/roles.ts';
import { effectiveRoles } from './access.ts';
import { handleOf, inTransaction, type IdentityDeps } from './deps.ts';
import type { ValidToken } from './tokens.ts';

/** A request of a consumer's, with its `Authorization` header. */
export interface SignedCall {
  readonly method: string;
  readonly url: string;
  readonly authorization: string | undefined;
}

/** A token with its secret, which is told once. */
export interface NewOauthToken {
  readonly token: OauthToken;
  readonly secret: string;
}

const REQUEST_LIFETIME = 8 * 3_600_000;
const ACCESS_LIFETIME = 24 * 3_600_000;

const refused = () => new CloudError('unauthenticated', 'The request you have made requires authentication.');

/** How a consumer comes to act for a user: it asks, the user authorises, it fetches an access token. */
export class OauthTokenService {
  readonly #deps: IdentityDeps & { readonly vault: Vault };

  constructor(deps: IdentityDeps & { readonly vault: Vault }) {
    this.#deps = deps;
  }

  async request(call: SignedCall, projectId: string): Promise<NewOauthToken> {
    const { consumer } = await this.#verify(call, null);
    if (!(await projectStore.find(this.#db, projectId))) throw projectNotFound(projectId);
    return this.#insert({
      kind: 'request',
      consumerId: consumer.id,
      projectId,
      roleIds: [],
      userId: null,
      expiresAt: this.#in(REQUEST_LIFETIME),
    });
  }

  /** @returns the verifier that the user takes to the consumer. */
  async authorize(ctx: Ctx, caller: ValidToken, { id, roles }: AuthorizedRoles): Promise<string> {
    if (caller.delegation || caller.appCredential)
      throw forbidden('A token that was delegated cannot authorise a consumer.');
    const request = await oauthTokenStore.find(this.#db, id);
    const isOpen = request?.kind === 'request' && !isPast(request.expiresAt, this.#deps.clock.now());
    if (!isOpen) throw oauthTokenNotFound(id);
    const scope = { kind: 'project', id: request.projectId } as const;
    const held = await effectiveRoles(this.#db, ctx.user.id, scope);
    const roleIds = roles.map((wanted) => {
      const role = held.find((one) =>
        wanted.id === undefined ? one.name === wanted.name : one.id === wanted.id,
      );
      if (!role) throw forbidden('Authorizing user does not have a role that the consumer is to get.');
      return role.id;
    });
    const verifier = newSecret(6);
    if ((await oauthTokenStore.authorize(this.#db, id, { userId: ctx.user.id, roleIds, verifier })) === 0)
      throw forbidden('The request token was authorised already.');
    return verifier;
  }

  /** A request token serves once. */
  async exchange(call: SignedCall): Promise<NewOauthToken> {
    const { token: request, parameters } = await this.#verify(call, 'request');
    if (!request?.userId || request.verifier !== parameters['oauth_verifier']) throw refused();
    if ((await oauthTokenStore.delete(this.#db, { id: request.id })) === 0) throw refused();
    const { consumerId, projectId, roleIds, userId } = request;
    return this.#insert({
      kind: 'access',
      consumerId,
      projectId,
      roleIds,
      userId,
      expiresAt: this.#in(ACCESS_LIFETIME),
    });
  }

  /** The access token that signed a call for a token of ours. */
  async verifyAccess(call: SignedCall): Promise<OauthToken> {
    const { token } = await this.#verify(call, 'access');
    if (!token) throw refused();
    return token;
  }

  list(ctx: Ctx, userId: string): Promise<OauthToken[]> {
    this.#deps.policy.authorize(ctx, 'identity:list_access_tokens', { user_id: userId });
    return oauthTokenStore.accessOfUser(this.#db, userId);
  }

  async get(ctx: Ctx, userId: string, id: string): Promise<OauthToken> {
    this.#deps.policy.authorize(ctx, 'identity:get_access_token', { user_id: userId });
    const token = await oauthTokenStore.find(this.#db, id);
    if (token?.kind !== 'access' || token.userId !== userId) throw oauthTokenNotFound(id);
    return token;
  }

  async roles(ctx: Ctx, userId: string, id: string): Promise<Role[]> {
    const { roleIds } = await this.get(ctx, userId, id);
    return (await roleStore.list(this.#db, {})).filter((role) => roleIds.includes(role.id));
  }

  async role(ctx: Ctx, userId: string, id: string, roleId: string): Promise<Role> {
    const role = (await this.roles(ctx, userId, id)).find((one) => one.id === roleId);
    if (!role) throw roleNotFound(roleId);
    return role;
  }

  async delete(ctx: Ctx, userId: string, id: string): Promise<void> {
    await this.get(ctx, userId, id);
    this.#deps.policy.authorize(ctx, 'identity:delete_access_token', { user_id: userId });
    await oauthTokenStore.delete(this.#db, { id });
    this.#deps.identityChanged();
  }

  async #insert(claims: Omit<OauthToken, 'id' | 'secretSealed' | 'verifier'>): Promise<NewOauthToken> {
    const [id, secret] = [newHexId(), newSecret()];
    const secretSealed = await this.#deps.vault.seal('identity', secret, `oauth/${id}`);
    const token: OauthToken = { ...claims, id, secretSealed, verifier: null };
    await inTransaction(this.#deps, (tx) => oauthTokenStore.insert(tx, token));
    return { token, secret };
  }

  /** The consumer, and the token of that kind, whose secrets signed the call. */
  async #verify(
    { authorization, ...call }: SignedCall,
    kind: OauthToken['kind'] | null,
  ): Promise<{ consumer: OauthConsumer; token: OauthToken | null; parameters: Record<string, string> }> {
    const parameters = parseOauthHeader(authorization);
    const consumer =
      parameters && (await consumerStore.find(this.#db, parameters['oauth_consumer_key'] ?? ''));
    if (!consumer) throw refused();
    const token = kind && ((await oauthTokenStore.find(this.#db, parameters['oauth_token'] ?? '')) ?? null);
    const now = this.#deps.clock.now();
    const fits = token?.kind === kind && token.consumerId === consumer.id && !isPast(token.expiresAt, now);
    if (kind !== null && !fits) throw refused();
    const secrets = { consumer: await this.#open(consumer), token: token ? await this.#open(token) : '' };
    if (!isOauthSigned({ ...call, parameters }, secrets, now)) throw refused();
    return { consumer, token, parameters };
  }

  async #open({ id, secretSealed }: Pick<OauthToken, 'id' | 'secretSealed'>): Promise<string> {
    return (await this.#deps.vault.open('identity', secretSealed, `oauth/${id}`)).toString();
  }

  #in(milliseconds: number): string {
    return isoTime(new Date(this.#deps.clock.now().getTime() + milliseconds));
  }

  get #db() {
    return handleOf(this.#deps);
  }
}

interface AuthorizedRoles {
  /** Of the request token. */
  readonly id: string;
  readonly roles: readonly { readonly id?: string; readonly name?: string }[];
}
