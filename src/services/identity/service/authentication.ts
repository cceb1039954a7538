import { CloudError } from '#kernel/errors.ts';
import type { Project } from '../model/project.ts';
import type { User } from '../model/user.ts';
import { isExpired, type AppCredential } from '../model/credential.ts';
import { verifyPassword, verifySecret } from '../passwords.ts';
import type { AuthRequest, DomainReference, ProjectReference, UserReference } from '../schema/auth.ts';
import { appCredentialStore } from '../store/credentials.ts';
import { projectStore } from '../store/projects.ts';
import { userStore } from '../store/users.ts';
import type { AuthMethod, TokenPayload, TokenScope } from '../tokens/codec.ts';
import { effectiveRoles } from './access.ts';
import { assertMayBecomeAnother, Delegations, type DelegatedClaims } from './delegations.ts';
import { handleOf, type IdentityDeps } from './deps.ts';
import type { OauthTokenService, SignedCall } from './oauth-tokens.ts';
import type { TokenService, ValidToken } from './tokens.ts';

interface Proof {
  readonly userId: string;
  readonly methods: readonly AuthMethod[];
  readonly parent?: TokenPayload;
  readonly appCredential?: AppCredential;
}

/** Always the same words: which part was wrong is nobody's business. */
const refused = () => new CloudError('unauthenticated', 'The request you have made requires authentication.');

interface AuthenticationDeps extends Omit<IdentityDeps, 'identityChanged'> {
  readonly tokens: TokenService;
  readonly oauth: OauthTokenService;
}

/** Turns proofs of who somebody is into a token. */
export class AuthenticationService {
  readonly #deps: AuthenticationDeps;

  constructor(deps: AuthenticationDeps) {
    this.#deps = deps;
  }

  async issueToken(
    { identity, scope }: AuthRequest,
    call: SignedCall,
  ): Promise<{ token: string; valid: ValidToken }> {
    if (identity.methods.includes('oauth1')) return this.#byOauth(identity, call);
    const proofs: Proof[] = [];
    for (const method of identity.methods) proofs.push(await this.#prove(method, identity));
    const [proof] = proofs;
    if (!proof || proofs.some((other) => other.userId !== proof.userId)) throw refused();
    const parent = proofs.find((one) => one.parent)?.parent;
    const credential = proofs.find((one) => one.appCredential)?.appCredential;
    if (credential && scope !== undefined) throw refused();
    const trusted = await this.#byTrust(proof.userId, scope);
    const token = this.#deps.tokens.issue({
      userId: proof.userId,
      methods: [...new Set(proofs.flatMap((one) => one.methods))],
      scope: credential
        ? { kind: 'project', id: credential.projectId }
        : (trusted?.scope ?? (await this.#scope(proof.userId, scope, parent))),
      ...(parent ? { parent } : {}),
      ...(credential ? { appCredentialId: credential.id } : {}),
      ...trusted,
    });
    const valid = await this.#deps.tokens.validate(token);
    if (!valid) throw refused();
    return { token, valid };
  }

  /** An access token stands alone, and brings its scope with it. */
  async #byOauth({ methods }: AuthRequest['identity'], call: SignedCall) {
    if (methods.length > 1) throw refused();
    const { id, userId, projectId } = await this.#deps.oauth.verifyAccess(call);
    const token = this.#deps.tokens.issue({
      userId: userId ?? '',
      methods: ['oauth1'],
      scope: { kind: 'project', id: projectId },
      delegation: { kind: 'oauth1', id },
    });
    const valid = await this.#deps.tokens.validate(token);
    if (!valid) throw refused();
    return { token, valid };
  }

  /** The trust that the scope names, entered. */
  async #byTrust(userId: string, scope: AuthRequest['scope']): Promise<DelegatedClaims | undefined> {
    const id = typeof scope === 'object' ? scope['OS-TRUST:trust']?.id : undefined;
    return id === undefined ? undefined : new Delegations(this.#deps).enterTrust(userId, id);
  }

  #prove(method: string, identity: AuthRequest['identity']): Promise<Proof> {
    if (method === 'password' && identity.password) return this.#byPassword(identity.password.user);
    if (method === 'token' && identity.token) return this.#byToken(identity.token.id);
    if (method === 'application_credential' && identity.application_credential) {
      return this.#byAppCredential(identity.application_credential);
    }
    throw refused();
  }

  async #byPassword(reference: UserReference & { password: string }): Promise<Proof> {
    const user = await this.#findUser(reference);
    if (!(await verifyPassword(user?.passwordHash ?? null, reference.password)) || !user?.enabled)
      throw refused();
    return { userId: user.id, methods: ['password'] };
  }

  async #byToken(id: string): Promise<Proof> {
    const valid = await this.#deps.tokens.validate(id);
    if (!valid) throw refused();
    const { payload } = valid;
    assertMayBecomeAnother(payload);
    return { userId: payload.userId, methods: ['token', ...payload.methods], parent: payload };
  }

  async #byAppCredential(
    given: NonNullable<AuthRequest['identity']['application_credential']>,
  ): Promise<Proof> {
    const credential = await this.#findAppCredential(given);
    const proven = credential && (await verifySecret(credential.secretHash, given.secret));
    if (!proven || isExpired(credential, this.#deps.clock.now())) throw refused();
    return { userId: credential.userId, methods: ['application_credential'], appCredential: credential };
  }

  async #findAppCredential(
    given: NonNullable<AuthRequest['identity']['application_credential']>,
  ): Promise<AppCredential | undefined> {
    if (given.id !== undefined) return appCredentialStore.find(this.#db, given.id);
    const user = given.user && (await this.#findUser(given.user));
    return user && (await appCredentialStore.list(this.#db, user.id, given.name ?? ''))[0];
  }

  /** The scope asked for, or the default project of a user who has a role in it. */
  async #scope(
    userId: string,
    asked: AuthRequest['scope'],
    parent: TokenPayload | undefined,
  ): Promise<TokenScope> {
    if (asked === 'unscoped' || (asked && 'unscoped' in asked)) return { kind: 'unscoped' };
    if (asked === undefined) return parent ? { kind: 'unscoped' } : this.#defaultScope(userId);
    if (asked.system) return { kind: 'system' };
    if (asked.domain) return { kind: 'domain', id: (await this.#findDomain(asked.domain))?.id ?? '' };
    if (asked.project) return { kind: 'project', id: (await this.#findProject(asked.project))?.id ?? '' };
    throw refused();
  }

  async #defaultScope(userId: string): Promise<TokenScope> {
    const id = (await userStore.find(this.#db, userId))?.defaultProjectId;
    const project = id ? await projectStore.find(this.#db, id) : undefined;
    if (!id || !project?.enabled) return { kind: 'unscoped' };
    const scope = { kind: 'project', id } as const;
    return (await effectiveRoles(this.#db, userId, scope)).length > 0 ? scope : { kind: 'unscoped' };
  }

  async #findUser(reference: UserReference): Promise<User | undefined> {
    if (reference.id !== undefined) return userStore.find(this.#db, reference.id);
    const domain = reference.domain && (await this.#findDomain(reference.domain));
    return domain?.enabled ? userStore.findByName(this.#db, reference.name ?? '', domain.id) : undefined;
  }

  async #findDomain({ id, name }: DomainReference): Promise<Project | undefined> {
    const domain =
      id === undefined
        ? await projectStore.findByName(this.#db, name ?? '', '')
        : await projectStore.find(this.#db, id);
    return domain?.isDomain ? domain : undefined;
  }

  async #findProject(reference: ProjectReference): Promise<Project | undefined> {
    if (reference.id !== undefined) return projectStore.find(this.#db, reference.id);
    const domain = reference.domain && (await this.#findDomain(reference.domain));
    return domain && projectStore.findByName(this.#db, reference.name ?? '', domain.id);
  }

  get #db() {
    return handleOf(this.#deps);
  }
}
