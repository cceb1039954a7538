import { randomBytes } from 'node:crypto';
import { isoTime } from '#kernel/clock.ts';
import { newHexId } from '#kernel/ids.ts';
import type { Principal } from '#kernel/http/auth.ts';
import { isExpired, type AppCredential, type Revocation } from '../model/credential.ts';
import type { Project } from '../model/project.ts';
import type { Role } from '../model/role.ts';
import type { User } from '../model/user.ts';
import { appCredentialStore, revocationStore } from '../store/credentials.ts';
import { projectStore } from '../store/projects.ts';
import { userStore } from '../store/users.ts';
import type { DelegationRef, TokenCodec, TokenPayload, TokenScope } from '../tokens/codec.ts';
import { effectiveRoles, expand } from './access.ts';
import { endOfDelegation, liveDelegation, type Delegation } from './delegations.ts';
import { handleOf, type IdentityDeps } from './deps.ts';

/** A token with all that it means now. */
export interface ValidToken {
  readonly payload: TokenPayload;
  readonly user: User;
  readonly userDomain: Project;
  /** The project or domain it is scoped to. */
  readonly target: { readonly project: Project; readonly domain: Project } | null;
  readonly roles: readonly Role[];
  readonly appCredential: AppCredential | null;
  /** By what its bearer acts with another's roles. */
  readonly delegation: Delegation | null;
}

interface Cached {
  readonly generation: number;
  readonly expiresAt: number;
  readonly valid: ValidToken;
  readonly principal: Principal;
}

export interface TokenDeps extends Omit<IdentityDeps, 'identityChanged'> {
  readonly codec: TokenCodec;
  /** Milliseconds. */
  readonly lifetime: number;
}

const CACHE_SIZE = 10_000;

/**
 * Tokens: made, checked, revoked. A checked token is remembered until anything in identity changes, so that a check costs a
 * map look-up; a revocation is such a change, and therefore takes effect at once.
 */
export class TokenService {
  readonly #deps: TokenDeps;
  readonly #cache = new Map<string, Cached>();
  #generation = 0;
  #revocations: Revocation[] = [];

  constructor(deps: TokenDeps) {
    this.#deps = deps;
  }

  /** Reads what was revoked before this process began. */
  async load(): Promise<void> {
    const now = isoTime(this.#deps.clock.now());
    await revocationStore.prune(this.#db, now);
    this.#revocations = await revocationStore.listLive(this.#db, now);
  }

  identityChanged(): void {
    this.#generation++;
  }

  /** Makes a token. One made from another keeps its expiry and names it in its audit ids. */
  issue(
    claims: Pick<TokenPayload, 'userId' | 'methods' | 'scope'> & {
      appCredentialId?: string;
      delegation?: DelegationRef;
      parent?: TokenPayload;
    },
  ): string {
    const now = this.#deps.clock.now().getTime();
    const own = randomBytes(16).toString('base64url');
    const origin = claims.parent?.auditIds.at(-1);
    return this.#deps.codec.encode({
      userId: claims.userId,
      methods: claims.methods,
      scope: claims.scope,
      issuedAt: now,
      expiresAt: claims.parent?.expiresAt ?? now + this.#deps.lifetime,
      auditIds: origin === undefined ? [own] : [own, origin],
      appCredentialId: claims.appCredentialId ?? claims.parent?.appCredentialId ?? null,
      delegation: claims.delegation ?? null,
    });
  }

  /** @returns undefined for a token that is malformed, expired, revoked, or means nothing any more. */
  async validate(token: string): Promise<ValidToken | undefined> {
    return (await this.#check(token))?.valid;
  }

  async authenticate(token: string): Promise<Principal | undefined> {
    return (await this.#check(token))?.principal;
  }

  /** Revokes a token and all made from it. */
  async revoke(payload: TokenPayload): Promise<void> {
    await this.#revoke('audit', payload.auditIds[0] ?? '', payload.expiresAt);
  }

  async revokeUser(userId: string): Promise<void> {
    await this.#revoke('user', userId, this.#deps.clock.now().getTime() + this.#deps.lifetime);
  }

  async #revoke(kind: Revocation['kind'], value: string, expiresAt: number): Promise<void> {
    const now = isoTime(this.#deps.clock.now());
    const revocation: Revocation = {
      id: newHexId(),
      kind,
      value,
      issuedBefore: now,
      expiresAt: isoTime(new Date(expiresAt)),
    };
    await revocationStore.insert(this.#db, revocation);
    this.#revocations = [...this.#revocations.filter((one) => one.expiresAt > now), revocation];
    this.identityChanged();
  }

  async #check(token: string): Promise<Cached | undefined> {
    const cached = this.#cache.get(token);
    const now = this.#deps.clock.now().getTime();
    if (cached?.generation === this.#generation && cached.expiresAt > now) return cached;
    this.#cache.delete(token);
    const generation = this.#generation;
    const payload = this.#deps.codec.decode(token);
    if (!payload || payload.expiresAt <= now || this.#isRevoked(payload)) return undefined;
    const valid = await this.#resolve(payload);
    if (!valid) return undefined;
    const checked = { generation, expiresAt: endOf(valid), valid, principal: toPrincipal(valid) };
    if (this.#cache.size >= CACHE_SIZE) this.#cache.clear();
    this.#cache.set(token, checked);
    return checked;
  }

  #isRevoked({ userId, auditIds, issuedAt }: TokenPayload): boolean {
    const issued = isoTime(new Date(issuedAt));
    return this.#revocations.some((one) =>
      one.kind === 'audit'
        ? auditIds.includes(one.value)
        : one.value === userId && issued <= one.issuedBefore,
    );
  }

  /** Everything the token stands on must still be there and enabled. */
  async #resolve(payload: TokenPayload): Promise<ValidToken | undefined> {
    const user = await userStore.find(this.#db, payload.userId);
    const userDomain = user && (await projectStore.find(this.#db, user.domainId));
    if (!user?.enabled || !userDomain?.enabled) return undefined;
    const target = await this.#target(payload.scope);
    if (target === undefined) return undefined;
    const appCredential =
      payload.appCredentialId === null ? null : await this.#appCredential(payload.appCredentialId);
    if (appCredential === undefined) return undefined;
    const delegation = payload.delegation && (await this.#delegation(payload.delegation));
    if (delegation === undefined) return undefined;
    const roles = delegation ? delegation.roles : await this.#roles(payload, appCredential);
    if (payload.scope.kind !== 'unscoped' && roles.length === 0) return undefined;
    return { payload, user, userDomain, target, roles, appCredential, delegation };
  }

  /** Null = no project or domain; undefined = it is gone or disabled. */
  async #target(scope: TokenScope): Promise<ValidToken['target'] | undefined> {
    if (scope.kind !== 'project' && scope.kind !== 'domain') return null;
    const project = await projectStore.find(this.#db, scope.id);
    const domain = project?.isDomain
      ? project
      : project && (await projectStore.find(this.#db, project.domainId));
    return project?.enabled && domain?.enabled ? { project, domain } : undefined;
  }

  /** An application credential dies with any of its roles. */
  async #roles(payload: TokenPayload, credential: AppCredential | null): Promise<Role[]> {
    const roles = await effectiveRoles(this.#db, payload.userId, payload.scope);
    if (!credential) return roles;
    const held = new Set(roles.map((role) => role.id));
    return credential.roleIds.every((id) => held.has(id)) ? expand(this.#db, credential.roleIds) : [];
  }

  #delegation(ref: DelegationRef): Promise<Delegation | undefined> {
    return liveDelegation(this.#db, ref, this.#deps.clock.now());
  }

  async #appCredential(id: string): Promise<AppCredential | undefined> {
    const credential = await appCredentialStore.find(this.#db, id);
    return credential && !isExpired(credential, this.#deps.clock.now()) ? credential : undefined;
  }

  get #db() {
    return handleOf(this.#deps);
  }
}

/** When it, or what it stands on, ends. */
function endOf({ payload, appCredential, delegation }: ValidToken): number {
  const ends = [appCredential?.expiresAt, delegation && endOfDelegation(delegation)];
  return Math.min(payload.expiresAt, ...ends.flatMap((text) => (text ? [Date.parse(text)] : [])));
}

function toPrincipal({ payload, user, userDomain, target, roles, appCredential }: ValidToken): Principal {
  const domain = (project: Project) => ({ id: project.id, name: project.name });
  const scoped = payload.scope.kind === 'project' && target ? target : null;
  return {
    user: { id: user.id, name: user.name, domain: domain(userDomain) },
    project: scoped && { id: scoped.project.id, name: scoped.project.name, domain: domain(scoped.domain) },
    domainScope: payload.scope.kind === 'domain' && target ? domain(target.domain) : null,
    systemScope: payload.scope.kind === 'system',
    roles: roles.map((role) => role.name.toLowerCase()),
    ...(appCredential?.accessRules ? { accessRules: appCredential.accessRules } : {}),
  };
}
