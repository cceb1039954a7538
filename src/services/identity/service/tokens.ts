import { randomBytes } from 'node:crypto';
import type { Leniency, Principal } from '#kernel/http/auth.ts';
import { isExpired, type AppCredential, type RevocationKind } from '../model/credential.ts';
import type { Project } from '../model/project.ts';
import type { Role } from '../model/role.ts';
import type { User } from '../model/user.ts';
import { appCredentialStore } from '../store/credentials.ts';
import { projectStore } from '../store/projects.ts';
import { userStore } from '../store/users.ts';
import type { DelegationRef, TokenCodec, TokenPayload, TokenScope } from '../tokens/codec.ts';
import type { TokenKeys } from '../tokens/keys.ts';
import { effectiveRoles, expand } from './access.ts';
import { onChangeElsewhere } from './changes.ts';
import { endOfDelegation, liveDelegation, type Delegation } from './delegations.ts';
import { handleOf, type IdentityDeps } from './deps.ts';
import type { Grounds, Revocations } from './revocations.ts';

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
  /** Milliseconds since 1970: it is good until then, and for the patient for a while longer. */
  readonly expiresAt: number;
  readonly valid: ValidToken;
  readonly principal: Principal;
}

export interface TokenDeps extends Omit<IdentityDeps, 'identityChanged'> {
  readonly codec: TokenCodec;
  readonly keys: TokenKeys;
  readonly revocations: Revocations;
  /** Milliseconds. */
  readonly lifetime: number;
}

const CACHE_SIZE = 10_000;
/** Own, the two it was made from, and the very first. */
const MAX_CHAIN = 4;
/** For how long after its end a token may still finish what a service has begun for it. */
export const EXPIRED_WINDOW_MS = 48 * 3_600_000;

/**
 * Tokens: made, checked, revoked. A checked token is remembered until anything in identity changes, so that a check costs a
 * map look-up; a revocation is such a change, and therefore takes effect at once. What changes in another control process is
 * heard, and forgotten here before the next check.
 */
export class TokenService {
  readonly #deps: TokenDeps;
  readonly #cache = new Map<string, Cached>();
  #generation = 0;
  /** While what others changed is being read. */
  #refreshing: Promise<void> | undefined;

  constructor(deps: TokenDeps) {
    this.#deps = deps;
    onChangeElsewhere(deps.database, () => void this.refresh().catch((err) => this.#unread(err)));
  }

  identityChanged(): void {
    this.#generation++;
  }

  /** Reads keys and revocations as they are now, and forgets all else; checks wait for it. */
  async refresh(): Promise<void> {
    const before = this.#refreshing;
    const refreshing = (async () => {
      await before?.catch(() => {});
      await Promise.all([this.#deps.keys.load(), this.#deps.revocations.load()]);
      this.identityChanged();
    })();
    this.#refreshing = refreshing;
    try {
      await refreshing;
    } finally {
      if (this.#refreshing === refreshing) this.#refreshing = undefined;
    }
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
    return this.#deps.codec.encode({
      userId: claims.userId,
      methods: claims.methods,
      scope: claims.scope,
      issuedAt: now,
      expiresAt: claims.parent?.expiresAt ?? now + this.#deps.lifetime,
      auditIds: [randomBytes(16).toString('base64url'), ...ancestry(claims.parent)],
      appCredentialId: claims.appCredentialId ?? claims.parent?.appCredentialId ?? null,
      delegation: claims.delegation ?? null,
    });
  }

  /** @returns undefined for a token that is malformed, expired, revoked, or means nothing any more. */
  async validate(token: string, options?: Leniency): Promise<ValidToken | undefined> {
    return (await this.#check(token, options))?.valid;
  }

  async authenticate(token: string, options?: Leniency): Promise<Principal | undefined> {
    return (await this.#check(token, options))?.principal;
  }

  /** Revokes a token and all made from it. */
  async revoke(payload: TokenPayload): Promise<void> {
    await this.#revoke('audit', payload.auditIds[0] ?? '');
  }

  async revokeUser(userId: string): Promise<void> {
    await this.#revoke('user', userId);
  }

  async #revoke(kind: RevocationKind, value: string): Promise<void> {
    await this.#deps.revocations.add(kind, value);
    this.identityChanged();
  }

  async #check(token: string, { allowExpired = false }: Leniency = {}): Promise<Cached | undefined> {
    if (this.#refreshing) await this.#refreshing.catch(() => {});
    const patience = allowExpired ? EXPIRED_WINDOW_MS : 0;
    const now = this.#deps.clock.now().getTime();
    const cached = this.#cache.get(token);
    if (cached?.generation === this.#generation)
      return cached.expiresAt + patience > now ? cached : undefined;
    this.#cache.delete(token);
    const generation = this.#generation;
    const payload = this.#deps.codec.decode(token);
    if (!payload || payload.expiresAt + patience <= now) return undefined;
    const valid = await this.#resolve(payload);
    if (!valid) return undefined;
    const checked = { generation, expiresAt: endOf(valid), valid, principal: toPrincipal(valid) };
    if (this.#cache.size >= CACHE_SIZE) this.#cache.clear();
    this.#cache.set(token, checked);
    return checked;
  }

  #unread(err: unknown): void {
    this.#deps.log.error({ err }, 'what other control processes changed in identity could not be read');
  }

  /** Everything the token stands on must still be there and enabled. */
  async #resolve(payload: TokenPayload): Promise<ValidToken | undefined> {
    if (this.#deps.revocations.covers(payload.issuedAt, groundsOf(payload))) return undefined;
    const user = await userStore.find(this.#db, payload.userId);
    const userDomain = user && (await projectStore.find(this.#db, user.domainId));
    if (!user?.enabled || !userDomain?.enabled) return undefined;
    const target = await this.#target(payload.scope);
    if (target === undefined) return undefined;
    const domains = [userDomain.id, ...(target ? [target.domain.id] : [])];
    const inDomains = domains.map((id) => ['domain', id] as const);
    if (this.#deps.revocations.covers(payload.issuedAt, inDomains)) return undefined;
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

/** The audit ids of what a token is made from: as many of the nearest as fit, and the first. */
function ancestry(parent: TokenPayload | undefined): readonly string[] {
  const ids = parent?.auditIds ?? [];
  return ids.length < MAX_CHAIN ? ids : [...ids.slice(0, MAX_CHAIN - 2), ...ids.slice(-1)];
}

const groundsOf = ({ auditIds, userId, scope }: TokenPayload): Grounds => [
  ...auditIds.map((id) => ['audit', id] as const),
  ['user', userId],
  ...('id' in scope ? [[scope.kind, scope.id] as const] : []),
];

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
